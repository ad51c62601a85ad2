"""Receipts: genuine byte for byte, or not; and the key that they are signed by."""

import json
import random
import stat
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.exports.receipt import Forged, Row, public_half, row_of, signed, verified
from grader.exports.signer import digits, find_signer, known_signer
from tests.builders import TOY, scorecard, scored_case, write_assignment
from tests.conftest import ROOT, RunCli

pytest.importorskip("cryptography")
pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "hypothesis")  # not the working folder

_SEED = bytes(range(32))
_SIGNER = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"  # of RFC 8032's making
_ROWS: Sequence[Row] = [
    {"student": name, "attempt": 1, **row_of(scorecard(scored_case()))}
    for name in ("anna", "ben", "carl")
]


def refusal(data: bytes) -> str:
    found = verified(data, _SIGNER)
    assert isinstance(found, Forged)
    return found.why


def test_the_public_half_is_that_of_ed25519() -> None:
    assert public_half(_SEED) == _SIGNER


def test_what_is_signed_is_genuine_and_read_again() -> None:
    assert verified(signed(_ROWS, _SEED), _SIGNER) == tuple(_ROWS)


def test_equal_rows_have_equal_bytes() -> None:
    assert signed(_ROWS, _SEED) == signed(_ROWS, _SEED)


def test_any_changed_byte_fails() -> None:
    data = signed(_ROWS[:2], _SEED)
    chance = random.Random(3)

    for at in range(len(data)):
        other = data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
        assert refusal(other)


def test_bytes_that_are_cut_off_or_added_fail() -> None:
    data = signed(_ROWS, _SEED)

    for at in range(0, len(data), 7):
        assert refusal(data[:at])
        assert refusal(data[:at] + b" " + data[at:])


def rewritten(data: bytes, receipts: Sequence[int]) -> bytes:
    """Return the file with some of its receipts, in some order, in the form of such files."""
    file = json.loads(data)
    file["receipts"] = [file["receipts"][one] for one in receipts]
    return (json.dumps(file, indent=1, ensure_ascii=False) + "\n").encode()


@pytest.mark.parametrize("order", [(), (0,), (0, 1), (1, 2), (0, 2), (1, 0, 2), (0, 1, 2, 2)])
def test_none_can_be_left_out_or_moved(order: Sequence[int]) -> None:
    data = signed(_ROWS, _SEED)

    assert rewritten(data, (0, 1, 2)) == data
    assert refusal(rewritten(data, order))


def test_a_receipt_of_another_file_cannot_stand_in() -> None:
    one, other = (json.loads(signed(rows, _SEED)) for rows in (_ROWS, _ROWS[::-1]))
    one["receipts"][1] = other["receipts"][1]

    assert refusal((json.dumps(one, indent=1) + "\n").encode())


def test_points_that_are_written_anew_do_not_fit() -> None:
    data = signed(_ROWS, _SEED)
    file = json.loads(data)
    file["receipts"][1]["row"]["scorecard"]["points"] = 9.0

    said = refusal((json.dumps(file, indent=1) + "\n").encode())

    assert said == "receipt 2 of 3 does not fit its signature"


def test_another_signer_is_told() -> None:
    other = signed(_ROWS, bytes(32))

    assert "signed by another key" in refusal(other)
    assert isinstance(verified(other, public_half(bytes(32))), tuple)


def test_who_puts_another_signers_name_on_it_does_not_fit() -> None:
    data = signed(_ROWS, bytes(32)).replace(public_half(bytes(32)).encode(), _SIGNER.encode())

    assert "does not fit its signature" in refusal(data)


@settings(max_examples=300)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_a_value(data: bytes) -> None:
    assert refusal(data)


@settings(max_examples=300)
@given(
    data=st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
        lambda inner: st.one_of(
            st.lists(inner),
            st.dictionaries(st.sampled_from(["schema", "signer", "receipts", "row"]), inner),
        ),
    )
)
def test_any_json_is_a_value(data: object) -> None:
    file = {"schema": "grader/receipts/1", "signer": _SIGNER, "receipts": data}

    assert refusal(json.dumps(data).encode())
    assert refusal((json.dumps(file, indent=1) + "\n").encode())


# --- the key --------------------------------------------------------------------------------------


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    made = find_signer({}, tmp_path / "home")
    again = find_signer({}, tmp_path / "home")

    path = tmp_path / "home" / "signing-key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert made.origin == f"made just now in {path}"
    assert (again.seed, again.origin) == (made.seed, str(path))
    assert find_signer({}, tmp_path / "other").seed != made.seed


def test_the_environment_goes_first(tmp_path: Path) -> None:
    find_signer({}, tmp_path)

    assert find_signer({"GRADER_SIGNING_KEY": _SEED.hex() + "\n"}, tmp_path).seed == _SEED


def test_none_is_made_to_verify_by_or_in_ci(tmp_path: Path) -> None:
    assert known_signer({}, tmp_path) is None
    with pytest.raises(UsageError, match="would be lost"):
        find_signer({"CI": "1"}, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "ab", "x" * 64, "é" * 64, "00" * 33])
def test_what_is_no_key_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="no key of Ed25519"):
        digits(text, "it")


# --- by the command line --------------------------------------------------------------------------


def test_a_graded_file_has_a_receipt_that_anyone_can_verify(
    run_cli: RunCli, tmp_path: Path
) -> None:
    toy, own = write_assignment(tmp_path), {"GRADER_SIGNING_KEY": _SEED.hex()}
    (tmp_path / "toy.py").write_text(TOY.replace("2 * x", "3 * x"), encoding="utf-8")
    args = ("grade", "toy.py", "-a", toy, "--receipt", "card.receipt")
    done = run_cli(*args, cwd=tmp_path, env=own)
    assert done.returncode == 0, done.stderr
    assert f"Signed by {_SIGNER}: card.receipt" in done.stderr

    done = run_cli("verify", "card.receipt", "--signer", _SIGNER, cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith(f"Genuine: 1 receipt, signed by {_SIGNER}\ntoy: 0 of 2\n")
    assert "SHA-256" in done.stdout
    assert "inputs of the key" in done.stdout

    path = tmp_path / "card.receipt"
    path.write_bytes(path.read_bytes().replace(b'"points": 0.0', b'"points": 9.0', 1))
    done = run_cli("verify", path, "--signer", _SIGNER, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == "Not genuine: receipt 1 of 1 does not fit its signature.\n"

    done = run_cli("verify", path, cwd=tmp_path, env={"GRADER_HOME": str(tmp_path / "nobody")})
    assert done.returncode == 2
    assert "--signer KEY" in done.stderr
    assert not (tmp_path / "nobody").exists()


def test_a_class_is_exported_as_a_chain_in_the_ledgers_order(
    run_cli: RunCli, tmp_path: Path
) -> None:
    students = tmp_path / "class"
    students.mkdir()
    for name in ("carl", "anna", "ben"):
        (students / f"{name}.py").write_text(TOY, encoding="utf-8")
    toy, own = write_assignment(tmp_path), {"GRADER_SIGNING_KEY": _SEED.hex()}
    assert run_cli("batch", students, "-o", tmp_path / "out", "-a", toy).returncode == 0

    for to, more in (("plain.json", ()), ("signed.json", ("--sign",))):
        done = run_cli("export", "json", tmp_path / "out", "--to", tmp_path / to, *more, env=own)
        assert done.returncode == 0, done.stderr

    plain = json.loads((tmp_path / "plain.json").read_bytes())
    chain = verified((tmp_path / "signed.json").read_bytes(), _SIGNER)
    assert chain == tuple(plain)
    assert [row["student"] for row in plain] == ["anna", "ben", "carl"]
    done = run_cli("verify", tmp_path / "signed.json", env=own)
    assert done.returncode == 0
    assert "ben, attempt 1: 2 of 2, final mark 2\n" in done.stdout


def test_only_json_is_signed(run_cli: RunCli, tmp_path: Path) -> None:
    done = run_cli("export", "csv", tmp_path, "--to", tmp_path / "x", "--sign")

    assert done.returncode == 2
    assert "--sign goes with json" in done.stderr


def test_without_the_extra_it_is_told_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"{}")
    code = (
        "import sys; sys.modules['cryptography'] = None; from grader.__main__ import main; main()"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, "verify", "x"],
        cwd=tmp_path,
        env={"GRADER_SIGNING_KEY": "00" * 32, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert done.returncode == 2
    assert "pip install 'ndgrader[sign]'" in done.stderr
