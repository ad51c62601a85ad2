"""Files are written whole or not at all."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.files import OWNER_ALONE, write_bytes, write_parts, write_text


def test_a_file_that_is_not_whole_never_takes_the_place_of_one_that_is(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    write_text(path, "before")

    def parts() -> Iterator[str]:
        yield "after"
        assert path.read_text(encoding="utf-8") == "before"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_parts(path, parts())

    assert path.read_text(encoding="utf-8") == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["page.html"]


def test_a_file_is_replaced_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_bytes(path, b"before")
    with path.open("rb") as file:
        write_bytes(path, b"after")
        assert file.read() == b"before"  # whoever had it open has it still

    assert path.read_bytes() == b"after"
    assert list(path.parent.iterdir()) == [path]


def test_a_secret_file_is_never_open_to_others(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"as it was")
    path.chmod(0o644)

    write_bytes(path, b"secret", OWNER_ALONE)

    assert stat.S_IMODE(path.stat().st_mode) == OWNER_ALONE


def test_a_link_stays_one(tmp_path: Path) -> None:
    link, to = tmp_path / "link", tmp_path / "to"
    link.symlink_to(to)

    write_bytes(link, b"x")

    assert link.is_symlink()
    assert to.read_bytes() == b"x"


def test_a_device_is_written_to_as_it_is() -> None:
    write_bytes(Path(os.devnull), b"x")

    assert not Path(os.devnull).is_file()


def test_what_cannot_be_written_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")

    for path in (tmp_path / "folder", tmp_path / "file" / "below"):
        with pytest.raises(UsageError, match="cannot be written") as caught:
            write_bytes(path, b"data")
        assert "choose another place" in caught.value.hint

    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "folder"]
