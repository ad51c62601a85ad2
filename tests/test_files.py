"""Files are written whole or not at all."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.files import write_bytes, write_parts, write_text


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


def test_a_link_stays_one(tmp_path: Path) -> None:
    link, to = tmp_path / "link", tmp_path / "to"
    link.symlink_to(to)

    write_bytes(link, b"x")

    assert link.is_symlink()
    assert to.read_bytes() == b"x"


def test_a_device_is_written_to_as_it_is() -> None:
    write_bytes(Path(os.devnull), b"x")

    assert not Path(os.devnull).is_file()


def test_a_place_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(UsageError) as caught:
        write_bytes(tmp_path / "file" / "page.html", b"")

    assert "choose another place" in caught.value.hint
