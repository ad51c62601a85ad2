"""An earlier scorecard beside a new one: what the page then says, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import BACKPROP, ROOT, RunCli

_REFERENCE = ROOT / "solutions" / "backprop" / "layers.py"
_STUB = BACKPROP / "layers.py"
_BETTER = "10 points more than at your last attempt: 0 then, 10 now."


def said(path: Path) -> str:
    return " ".join(path.read_text(encoding="utf-8").split())


@pytest.mark.parametrize("command", ["check", "grade"])
def test_the_page_says_what_is_better(run_cli: RunCli, tmp_path: Path, command: str) -> None:
    card, page = tmp_path / "card.json", tmp_path / "page.html"
    run_cli(command, _STUB, "-a", BACKPROP, "--json", card, cwd=tmp_path)
    more = ("--previous", card, "--report", page)
    done = run_cli(command, _REFERENCE, "-a", BACKPROP, *more, cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert _BETTER in said(page)


@pytest.fixture(scope="module")
def card(run_cli: RunCli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the scorecard of a practice run."""
    path = tmp_path_factory.mktemp("card") / "card.json"
    run_cli("check", _STUB, "-a", BACKPROP, "--json", path, cwd=path.parent)
    return path


def _of_another(card: Path) -> bytes:
    return json.dumps(json.loads(card.read_bytes()) | {"assignment": "mse"}).encode()


def _of_later(card: Path) -> bytes:
    return json.dumps(json.loads(card.read_bytes()) | {"mood": "good"}).encode()


_REFUSED: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "text": (lambda _: b"no JSON", "holds no scorecard"),
    "bytes": (lambda _: b"\xff\xfe\x00", "holds no scorecard"),
    "nothing": (lambda _: b"", "holds no scorecard"),
    "brackets": (lambda _: b"[" * 100_000, "holds no scorecard"),
    "other JSON": (lambda _: b'{"schema": "grader/scorecard/1"}', "holds no scorecard"),
    "fields of a later version": (_of_later, "holds no scorecard"),
    "another assignment": (_of_another, "of the assignment 'mse', not of 'backprop'"),
}


@pytest.mark.parametrize("what", _REFUSED)
def test_what_cannot_be_compared_with_is_refused(
    run_cli: RunCli, card: Path, tmp_path: Path, what: str
) -> None:
    make, reason = _REFUSED[what]
    path = tmp_path / "earlier.json"
    path.write_bytes(make(card))
    done = run_cli("check", _STUB, "-a", BACKPROP, "--previous", path)

    assert done.returncode == 2
    assert reason in done.stderr
    assert "Next: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_not_there_is_told(run_cli: RunCli, tmp_path: Path) -> None:
    done = run_cli("check", _STUB, "-a", BACKPROP, "--previous", tmp_path / "none.json")

    assert (done.returncode, "cannot be read" in done.stderr) == (2, True)


def test_practice_is_not_held_against_an_official_grading(
    run_cli: RunCli, card: Path, tmp_path: Path
) -> None:
    done = run_cli("grade", _STUB, "-a", BACKPROP, "--previous", card, cwd=tmp_path)

    assert done.returncode == 2
    assert "`grader check`" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_one_earlier_scorecard_is_of_one_file(run_cli: RunCli, card: Path, tmp_path: Path) -> None:
    done = run_cli("grade", _STUB, _REFERENCE, "-a", BACKPROP, "--previous", card, cwd=tmp_path)

    assert done.returncode == 2
    assert "--previous" in done.stderr
