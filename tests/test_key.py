"""The course key: where it is found, where it is made, and what it draws."""

import hashlib
import hmac
import stat
from pathlib import Path

import pytest

from grader.assignment.key import Key, find_key, new_key
from grader.errors import UsageError

_TOLD = "0123456789abcdef"


def key(secret: str = _TOLD) -> Key:
    return Key(secret=secret.encode(), origin="a test")


# --- what a key gives -----------------------------------------------------------------------------


def test_a_seed_is_128_bits_of_an_hmac_over_assignment_and_case() -> None:
    wanted = hmac.new(_TOLD.encode(), b"backprop|dense-1", hashlib.sha256).digest()[:16]

    assert key().seed("backprop", "dense-1") == wanted.hex()


def test_each_case_of_each_assignment_has_its_own_seed() -> None:
    pairs = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"), ("ax", ""), ("", "ax")]

    assert len({key().seed(*pair) for pair in pairs}) == len(pairs)


def test_another_key_draws_another_seed() -> None:
    assert key().seed("a", "x") != key("another secret of a test").seed("a", "x")


def test_the_id_names_the_key_and_is_no_part_of_it() -> None:
    assert len(key().id) == 12
    assert key().id == key().id != key("another secret of a test").id
    assert key().id not in key().secret.hex()


def test_a_new_key_is_new_each_time_and_does_not_last() -> None:
    one, other = new_key(), new_key()

    assert one.secret != other.secret
    assert len(one.secret) >= 16
    assert not one.lasting


# --- where it is found ----------------------------------------------------------------------------


def test_the_variable_is_taken_first(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("another secret of a test", encoding="utf-8")
    found = find_key({"GRADER_KEY": _TOLD}, tmp_path)

    assert (found.secret, found.origin, found.lasting) == (_TOLD.encode(), "GRADER_KEY", True)


def test_without_it_the_file_is_taken(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{_TOLD}\n", encoding="utf-8")
    found = find_key({}, tmp_path)

    assert (found.secret, found.origin) == (_TOLD.encode(), str(tmp_path / "key"))


def test_the_same_text_is_the_same_key_wherever_it_stands(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{_TOLD}\n", encoding="utf-8")

    assert find_key({"GRADER_KEY": f"{_TOLD}\n"}, tmp_path).id == find_key({}, tmp_path).id


def test_an_empty_variable_is_none(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(_TOLD, encoding="utf-8")

    assert find_key({"GRADER_KEY": ""}, tmp_path).origin == str(tmp_path / "key")


@pytest.mark.parametrize("short", ["x", "0123456789abcde", " " * 16])
def test_a_short_key_is_refused(tmp_path: Path, short: str) -> None:
    with pytest.raises(UsageError, match="too short"):
        find_key({"GRADER_KEY": short}, tmp_path)


@pytest.mark.parametrize("short", ["", "\n", "0123456789abcde"])
def test_a_short_key_in_the_file_is_refused_too(tmp_path: Path, short: str) -> None:
    (tmp_path / "key").write_text(short, encoding="utf-8")

    with pytest.raises(UsageError, match="too short"):
        find_key({}, tmp_path)


def test_a_key_that_cannot_be_read_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()

    with pytest.raises(UsageError):
        find_key({}, tmp_path)


def test_a_key_that_is_no_text_is_told_as_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        find_key({"GRADER_KEY": "\udcff" * 20}, tmp_path)


# --- where it is made -----------------------------------------------------------------------------


def test_the_first_time_one_is_made_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "config" / "grader"
    made = find_key({}, folder)
    again = find_key({}, folder)

    assert made.origin == f"made just now in {folder / 'key'}"
    assert again.secret == made.secret == (folder / "key").read_bytes()
    assert len(made.secret) == 64


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    find_key({}, folder)

    assert stat.S_IMODE((folder / "key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_nothing_else_is_left_in_its_folder(tmp_path: Path) -> None:
    find_key({}, tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_two_folders_have_two_keys(tmp_path: Path) -> None:
    assert find_key({}, tmp_path / "a").secret != find_key({}, tmp_path / "b").secret


def test_in_ci_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        find_key({"CI": "true"}, tmp_path)

    assert "GRADER_KEY" in caught.value.hint
    assert "--new-key" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_in_ci_a_kept_one_is_taken(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(_TOLD, encoding="utf-8")

    assert find_key({"CI": "true"}, tmp_path).secret == _TOLD.encode()


def test_where_none_can_be_kept_it_says_how_to_set_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(UsageError, match="cannot be kept") as caught:
        find_key({}, tmp_path / "file")
    assert "GRADER_KEY" in caught.value.hint
