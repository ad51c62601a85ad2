"""Files that are written at once, or not at all."""

import stat
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.files import write_whole


def test_a_file_is_replaced_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_whole(path, b"before")
    with path.open("rb") as file:
        write_whole(path, b"after")
        assert file.read() == b"before"  # whoever had it open has it still

    assert path.read_bytes() == b"after"
    assert list(path.parent.iterdir()) == [path]


def test_a_secret_file_is_never_open_to_others(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"as it was")
    path.chmod(0o644)

    write_whole(path, b"secret", 0o600)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_cannot_be_written_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")

    for path in (tmp_path / "folder", tmp_path / "file" / "below"):
        with pytest.raises(UsageError, match="cannot be written"):
            write_whole(path, b"data")

    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "folder"]
