"""Who handed in what: a folder or a zip, an entry per student; one bad entry costs no other."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from grader.batch.roster import Entry, entries
from grader.errors import SubmissionError, UsageError
from grader.submission.read import MAX_NOTEBOOK

_WANTED = ("layers.py",)


def write(path: Path, data: bytes = b"x = 1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def zipped(path: Path, contents: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return path


def students(path: Path) -> list[str]:
    with entries(path) as roster:
        return [entry.student for entry in roster]


def sources(path: Path) -> dict[str, bytes]:
    """Return the graded source of each student whose entry can be read."""
    with entries(path) as roster:
        good = [entry for entry in roster if entry.refused is None]
        return {entry.student: entry.read(_WANTED).main.cells[0] for entry in good}


def refused(path: Path) -> dict[str, str]:
    with entries(path) as roster:
        return {entry.student: entry.refused for entry in roster if entry.refused is not None}


# --- a folder -------------------------------------------------------------------------------------


def test_each_file_folder_and_zip_is_a_students(tmp_path: Path) -> None:
    write(tmp_path / "anna.py", b"anna\n")
    write(tmp_path / "ben" / "layers.py", b"ben\n")
    zipped(tmp_path / "carl.zip", {"hw/layers.py": b"carl\n"})

    assert sources(tmp_path) == {"anna": b"anna\n", "ben": b"ben\n", "carl": b"carl\n"}


def test_students_come_in_order(tmp_path: Path) -> None:
    for name in ("zoe", "anna", "Mia"):
        write(tmp_path / f"{name}.py")

    assert students(tmp_path) == ["Mia", "anna", "zoe"]


def test_other_files_and_hidden_ones_are_no_submissions(tmp_path: Path) -> None:
    write(tmp_path / "anna.py")
    for name in ("grades.csv", ".hidden.py", "__MACOSX/anna.py", ".git/config"):
        write(tmp_path / name)

    assert students(tmp_path) == ["anna"]


def test_two_files_of_one_stem_are_told_apart(tmp_path: Path) -> None:
    write(tmp_path / "a.py")
    write(tmp_path / "a.ipynb", b'{"cells": []}')

    assert students(tmp_path) == ["a", "a.py"]


def test_a_folder_and_two_files_of_one_name_are_three(tmp_path: Path) -> None:
    write(tmp_path / "a" / "layers.py")
    write(tmp_path / "a.py")
    write(tmp_path / "a.zip")

    assert sorted(students(tmp_path)) == ["a", "a.py", "a.zip"]


@pytest.mark.parametrize("name", ["anna.PY", "anna.ZIP", "anna.Ipynb"])
def test_a_suffix_in_capitals_is_no_reason_to_forget_a_student(tmp_path: Path, name: str) -> None:
    write(tmp_path / name)
    write(tmp_path / "ben.py")

    assert students(tmp_path) == ["anna", "ben"]


def test_a_link_is_an_entry_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "anna.py").symlink_to(write(tmp_path / "secret.py"))

    with entries(tmp_path / "class") as (entry,), pytest.raises(SubmissionError):
        entry.read(_WANTED)


def test_an_empty_folder_is_the_callers_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no submissions"):
        students(tmp_path)


def test_a_file_is_no_class(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="neither a folder nor a zip"):
        students(write(tmp_path / "anna.py"))


def test_nothing_is_no_class(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        students(tmp_path / "nothing")
    with pytest.raises(UsageError):
        students(tmp_path / "nothing.zip")


# --- a zip ----------------------------------------------------------------------------------------

_CLASS = {"anna.py": b"anna\n", "ben/layers.py": b"ben\n", "ben/notes.txt": b"no source\n"}


def test_a_zip_is_read_like_its_folder(tmp_path: Path) -> None:
    assert sources(zipped(tmp_path / "class.zip", _CLASS)) == {"anna": b"anna\n", "ben": b"ben\n"}


def test_a_zip_with_all_in_one_folder_is_too(tmp_path: Path) -> None:
    inside = {f"class/{name}": data for name, data in _CLASS.items()}

    assert students(zipped(tmp_path / "class.zip", inside)) == ["anna", "ben"]


def test_a_zip_of_zips_has_one_for_each_student(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {"layers.py": b"anna\n"}).read_bytes()

    assert sources(zipped(tmp_path / "class.zip", {"anna.zip": inner})) == {"anna": b"anna\n"}


def test_what_was_unpacked_is_gone_afterwards(tmp_path: Path) -> None:
    with entries(zipped(tmp_path / "class.zip", _CLASS)) as roster:
        paths = [Path(entry.path) for entry in roster]
        assert all(path.exists() for path in paths)

    assert not any(path.exists() for path in paths)


_ELSEWHERE = ["../evil.py", "a/../../evil.py", "/tmp/grader-evil.py", "a\\evil.py", "..\\evil.py"]


@pytest.mark.parametrize("name", _ELSEWHERE)
def test_an_entry_that_points_elsewhere_is_refused_and_others_are_kept(
    tmp_path: Path, name: str
) -> None:
    path = zipped(tmp_path / "class.zip", {name: b"evil\n", "anna.py": b"anna\n"})

    assert sources(path) == {"anna": b"anna\n"}
    assert "no plain path" in refused(path)[name]


def test_nothing_is_written_elsewhere(tmp_path: Path) -> None:
    class_ = tmp_path / "class"
    class_.mkdir()
    sources(zipped(class_ / "class.zip", {"../evil.py": b"evil\n", "anna.py": b"anna\n"}))

    assert sorted(path.name for path in tmp_path.rglob("*")) == ["class", "class.zip"]


def test_an_entry_that_is_too_large_is_refused_and_others_are_kept(tmp_path: Path) -> None:
    path = zipped(tmp_path / "class.zip", {"big.py": bytes(MAX_NOTEBOOK + 1), "anna.py": b"anna\n"})

    assert sources(path) == {"anna": b"anna\n"}
    assert "larger than 20 MB" in refused(path)["big.py"]


def test_a_refused_entry_says_why_when_it_is_read() -> None:
    entry = Entry(student="evil", path="", refused="it is no plain path")

    with pytest.raises(SubmissionError, match="no plain path"):
        entry.read(_WANTED)


def test_a_link_in_a_zip_leads_nowhere(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("anna.py")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")

    assert sources(tmp_path / "class.zip") in ({}, {"anna": b"/etc/passwd"})


def test_an_entry_that_cannot_be_unpacked_costs_no_other(tmp_path: Path) -> None:
    path = zipped(tmp_path / "class.zip", {"anna.py": b"anna\n" * 100, "ben.py": b"ben\n"})
    data = bytearray(path.read_bytes())
    data[30 + len("anna.py")] = 0xFF
    path.write_bytes(bytes(data))

    assert sources(path) == {"ben": b"ben\n"}
    assert "anna.py" in refused(path)


def test_a_file_where_another_has_a_folder_costs_no_other(tmp_path: Path) -> None:
    contents = {"a.py": b"a\n", "a.py/layers.py": b"b\n", "ben.py": b"ben\n"}

    assert sources(zipped(tmp_path / "class.zip", contents))["ben"] == b"ben\n"


def test_what_is_no_zip_is_the_callers_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be unpacked"):
        students(write(tmp_path / "class.zip", b"no zip"))


def test_resource_forks_of_a_mac_are_no_submissions(tmp_path: Path) -> None:
    contents = {"anna.py": b"anna\n", "__MACOSX/._anna.py": b"\x00", "__MACOSX/ben/x.py": b"\x00"}

    assert students(zipped(tmp_path / "class.zip", contents)) == ["anna"]
