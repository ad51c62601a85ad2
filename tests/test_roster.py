"""Who handed in what: a folder or a zip, attempt by attempt; one bad entry costs no other."""

import io
import os
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from grader.batch.layouts import LAYOUTS
from grader.batch.roster import Attempt, Roster, choose, mark_late, roster
from grader.errors import SubmissionError, UsageError
from grader.submission.read import MAX_FILES, MAX_NOTEBOOK
from tests.conftest import full_disk

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


@contextmanager
def entries(path: Path) -> Iterator[tuple[Attempt, ...]]:
    """Yield the attempts of a plain class; those that are refused by their whole names."""
    with roster(path, "folder") as found:
        yield tuple(
            one if one.refused is None else msgspec.structs.replace(one, student=one.ids["file"])
            for one in found.attempts
        )


def students(path: Path) -> list[str]:
    with entries(path) as found:
        return [entry.student for entry in found]


def sources(path: Path) -> dict[str, bytes]:
    """Return the graded source of each student whose entry can be read."""
    with entries(path) as found:
        good = [entry for entry in found if entry.refused is None]
        return {entry.student: entry.read(_WANTED).main.cells[0] for entry in good}


def refused(path: Path) -> dict[str, str]:
    with entries(path) as found:
        return {entry.student: entry.refused for entry in found if entry.refused is not None}


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


def test_a_link_is_an_entry_that_cannot_betold(tmp_path: Path) -> None:
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
    with entries(zipped(tmp_path / "class.zip", _CLASS)) as found:
        paths = [Path(entry.path) for entry in found]
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
    entry = Attempt("evil", "evil", {}, 1, False, None, "", "it is no plain path")  # noqa: FBT003

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


# --- the download of each LMS ---------------------------------------------------------------------
# Named as each documents it. Each is tried as the zip, unpacked, in a folder of its own, and as the
# zip in another.

NOTEBOOK = b'{"cells": [{"cell_type": "code", "source": "notebook"}]}'
FORMS = ("zip", "folder", "wrapped", "zip in a zip")
NOISE = {"__MACOSX/._x.py": b"\x00", ".DS_Store": b"\x00", "__MACOSX/doe_1_2_a.py": b"\x00"}


def packed(folder: Path, form: str, contents: Mapping[str, bytes]) -> Path:
    contents = {**contents, **NOISE}
    if form == "folder":
        for name, data in contents.items():
            write(folder / "class" / name, data)
        return folder / "class"
    if form == "wrapped":
        contents = {f"HW 1 Download/{name}": data for name, data in contents.items()}
    path = zipped(folder / "class.zip", contents)
    if form == "zip in a zip":
        return zipped(folder / "a.zip", {"b.zip": path.read_bytes()})
    return path


def told(
    path: Path,
    layout: str | None = None,
    assignment: str | None = None,
    apart: Path | None = None,
) -> Roster:
    with roster(path, layout, assignment, apart) as found:
        return found


def work(path: Path, layout: str | None = None) -> dict[tuple[str, int], str]:
    """Return the graded source of each attempt, then its helpers' names; or why there is none."""
    with roster(path, layout) as found:
        return {(one.student, one.number): _work(one) for one in found.attempts}


def _work(one: Attempt) -> str:
    if one.refused is not None:
        return f"refused: {one.refused}"
    made = one.read(_WANTED)
    return " ".join([made.main.cells[0].decode(), *(helper.name for helper in made.helpers)])


def by_student(found: Roster) -> dict[str, Attempt]:
    return {one.student: one for one in found.attempts}


CANVAS = {
    "doejane_101_9001_layers.py": b"jane",
    "müllerbjörn_LATE_102_9002_layers.py": "björn".encode(),
    "maxmia_103_9003_layers-1.py": b"mia, again",
    "poeedgar_104_9004_layers.py": b"edgar",
    "poeedgar_104_9005_helper one.py": b"helper",
    "poeedgar_104_9006_report.pdf": b"%PDF",
    "typerjo_105_text.html": b"<p>x = 1</p>",
    "team_7_LATE_106_9007_layers.py": b"team",
    "zipzoe_107_9008_hw.zip": b"",
    "notesnat_108_9009_notes.pdf": b"%PDF",
}


@pytest.mark.parametrize("form", FORMS)
def test_canvas(tmp_path: Path, form: str) -> None:
    inner = zipped(tmp_path / "hw.zip", {"hw/layers.py": b"zoe"}).read_bytes()
    path = packed(tmp_path, form, {**CANVAS, "zipzoe_107_9008_hw.zip": inner})

    assert work(path) == {
        ("101", 1): "jane",
        ("102", 1): "björn",
        ("103", 2): "mia, again",
        ("104", 1): "edgar helper one.py",
        ("105", 1): "refused: there is no file: text was typed into Canvas",
        ("106", 1): "team",
        ("107", 1): "zoe",
        ("108", 1): "refused: there is no .py, .ipynb or .zip file, only notes.pdf",
    }
    found = told(path)
    assert (found.layout, found.not_understood) == ("canvas", ())
    assert [one.student for one in found.attempts if one.late] == ["102", "106"]
    assert by_student(found)["106"].ids["group"] == "team_7"
    assert by_student(found)["102"].name == "müllerbjörn"
    assert by_student(found)["103"].ids["file"] == "layers-1.py"


def test_canvas_anonymous(tmp_path: Path) -> None:
    names = ("anon_x7Kp2_55_layers.py", "LATE_anon_99abc_56_layers.py")
    found = told(zipped(tmp_path / "class.zip", {name: name.encode() for name in names}))

    assert found.layout == "canvas"
    assert [(one.student, one.late) for one in found.attempts] == [
        ("99abc", True),
        ("x7Kp2", False),
    ]
    assert found.attempts[0].ids["canvas_anonymous"] == "99abc"


def test_canvas_downloads_put_together_have_several_attempts(tmp_path: Path) -> None:
    contents = {
        "doejane_101_9001_layers.py": b"first",
        "doejane_101_9002_helper.py": b"",
        "doejane_101_9010_layers-1.py": b"second",
    }

    assert work(zipped(tmp_path / "class.zip", contents)) == {
        ("101", 1): "first helper.py",
        ("101", 2): "second helper.py",
    }


MOODLE = {
    "Jane O'Doe_201_assignsubmission_file/layers.py": b"jane",
    "Zoë Müller-Łęcka_202_assignsubmission_file_/sub folder/layers.py": "zoë".encode(),
    "Max Roe_203_assignsubmission_file/layers.py": b"max",
    "Max Roe_203_assignsubmission_file/helper.py": b"",
    "Max Roe_203_assignsubmission_onlinetext/onlinetext.html": b"<p>hi</p>",
    "Ty Per_204_assignsubmission_onlinetext/onlinetext.html": b"<p>x = 1</p>",
    "Participant_205_assignsubmission_file/layers.ipynb": NOTEBOOK,
    "Default group_assignsubmission_file/layers.py": b"group",
}


@pytest.mark.parametrize("form", FORMS)
def test_moodle(tmp_path: Path, form: str) -> None:
    path = packed(tmp_path, form, MOODLE)

    assert work(path) == {
        ("201", 1): "jane",
        ("202", 1): "zoë",
        ("203", 1): "max helper.py",
        ("204", 1): "refused: there is no file: text was typed into Moodle",
        ("205", 1): "notebook",
        ("Default group", 1): "group",
    }
    found = told(path)
    assert (found.layout, found.not_understood) == ("moodle", ())
    assert by_student(found)["202"].name == "Zoë Müller-Łęcka"
    assert by_student(found)["205"].name == "Participant 205"
    assert by_student(found)["201"].ids["moodle_participant"] == "201"
    assert by_student(found)["203"].ids["moodle_method"] == "assignsubmission_file"


def test_moodle_blind_and_flat(tmp_path: Path) -> None:
    contents = {
        "Participant_31_assignsubmission_file_layers.py": b"31",
        "Participant_32_assignsubmission_file_my_layers.py": b"32",
        "Participant_32_assignsubmission_file_helper.py": b"",
    }
    found = told(zipped(tmp_path / "class.zip", contents))

    assert found.layout == "moodle"
    assert [one.name for one in found.attempts] == ["Participant 31", "Participant 32"]
    assert by_student(found)["31"].ids["file"] == "layers.py"


def info(name: str, user: str) -> bytes:
    return f"Name: {name} ({user})\nAssignment: HW 1\nDate Submitted: Saturday\n".encode()


BLACKBOARD = {
    "HW 1_jdoe_attempt_2026-01-30-10-00-00.txt": info("Jane Doe", "jdoe"),
    "HW 1_jdoe_attempt_2026-01-30-10-00-00_layers.py": b"first",
    "HW 1_jdoe_attempt_2026-01-31-23-59-59.txt": info("Jane Doe", "jdoe"),
    "HW 1_jdoe_attempt_2026-01-31-23-59-59_layers.py": b"second",
    "HW 1_jdoe_attempt_2026-01-31-23-59-59_helper.py": b"",
    "HW 1_z_müller_attempt_2026-02-01-00-00-01.txt": info("Zoë Müller", "z_müller"),
    "HW 1_z_müller_attempt_2026-02-01-00-00-01_layers.py": b"zoe",
    "HW 1_typer_attempt_2026-01-31-20-00-00.txt": info("Ty Per", "typer"),
}


@pytest.mark.parametrize("form", FORMS)
def test_blackboard(tmp_path: Path, form: str) -> None:
    path = packed(tmp_path, form, BLACKBOARD)

    assert work(path) == {
        ("jdoe", 1): "first",
        ("jdoe", 2): "second helper.py",
        ("typer", 1): "refused: there is no file: only text was typed into Blackboard",
        ("z_müller", 1): "zoe",
    }
    found = told(path)
    assert (found.layout, found.not_understood) == ("blackboard", ())
    assert by_student(found)["z_müller"].name == "Zoë Müller"
    assert by_student(found)["jdoe"].received_at == "2026-01-31T23:59:59"


BRIGHTSPACE = {
    "index.html": b"<html>",
    "301-77 - Jane Doe - Jan 30, 2026 905 AM/layers.py": b"first",
    "301-77 - Jane Doe - Jan 31, 2026 1159 PM/layers.py": b"second",
    "301-77 - Jane Doe - Jan 31, 2026 1159 PM/helper.py": b"",
    "301-77 - Jane Doe - Jan 31, 2026 1159 PM/index.html": b"<html>",
    "302-77 - Zoë Doe-Łęcka - Feb 1, 2026 1201 AM/layers.py": b"zoe",
    "303-77 - Ty Per - Jan 31, 2026 800 PM/index.html": b"<html>",
}


@pytest.mark.parametrize("form", FORMS)
def test_brightspace(tmp_path: Path, form: str) -> None:
    path = packed(tmp_path, form, BRIGHTSPACE)

    assert work(path) == {
        ("301", 1): "first",
        ("301", 2): "second helper.py",
        ("302", 1): "zoe",
        ("303", 1): "refused: there is no file: Brightspace's own page",
    }
    found = told(path)
    assert (found.layout, found.not_understood) == ("brightspace", ())
    assert by_student(found)["302"].name == "Zoë Doe-Łęcka"
    assert by_student(found)["302"].received_at == "2026-02-01T00:01:00"


NBGRADER = {
    "submitted/anna/hw 1/layers.ipynb": NOTEBOOK,
    "submitted/anna/hw 1/timestamp.txt": b"2026-01-31 23:59:59.948203 UTC",
    "submitted/ben/hw 1/layers.py": b"ben",
    "submitted/ben/hw 1/helper.py": b"",
    "submitted/cleo/hw 1/notes.txt": b"",
    "source/hw 1/layers.ipynb": b'{"cells": []}',
}


@pytest.mark.parametrize("form", FORMS)
def test_nbgrader(tmp_path: Path, form: str) -> None:
    path = packed(tmp_path, form, NBGRADER)

    assert work(path) == {
        ("anna", 1): "notebook",
        ("ben", 1): "ben helper.py",
        ("cleo", 1): "refused: there is no .py, .ipynb or .zip file, only notes.txt",
    }
    found = told(path)
    assert (found.layout, found.not_understood) == ("nbgrader", ())
    assert by_student(found)["anna"].received_at == "2026-01-31T23:59:59+00:00"
    assert by_student(found)["ben"].received_at is None


def test_nbgrader_has_one_assignment_at_a_time(tmp_path: Path) -> None:
    for name in ("anna/hw1", "anna/hw2", "ben/hw2"):
        write(tmp_path / "submitted" / name / "layers.py", name.encode())

    with pytest.raises(UsageError, match="several assignments: hw1, hw2"):
        told(tmp_path / "submitted")
    with pytest.raises(UsageError, match="none is called backprop"):
        told(tmp_path / "submitted", assignment="backprop")
    with roster(tmp_path / "submitted", assignment="hw2") as found:
        assert [_work(one) for one in found.attempts] == ["anna/hw2", "ben/hw2"]


def test_a_single_assignment_of_nbgrader_may_have_any_name(tmp_path: Path) -> None:
    write(tmp_path / "submitted" / "anna" / "hw1" / "layers.py", b"anna")

    assert list(by_student(told(tmp_path / "submitted", assignment="backprop"))) == ["anna"]


def test_results_among_submissions_are_nobodys(tmp_path: Path) -> None:
    write(tmp_path / "class" / "anna" / "layers.py", b"anna")
    write(tmp_path / "class" / "out" / "reports" / "old.py", b"out")

    found = told(tmp_path / "class", apart=tmp_path / "class" / "out")

    assert list(by_student(found)) == ["anna"]
    with pytest.raises(UsageError, match="results would lie among the submissions"):
        told(tmp_path / "class", apart=tmp_path / "class")


def test_nobody_is_refused_because_there_is_no_room_here(tmp_path: Path) -> None:
    path = zipped(tmp_path / "class.zip", {"anna/layers.py": b"anna"})

    with full_disk(), pytest.raises(UsageError, match=r"layers\.py cannot be written") as raised:
        told(path)

    assert "TMPDIR" in raised.value.hint


def test_a_folder_that_cannot_be_looked_into_is_told(tmp_path: Path) -> None:
    write(tmp_path / "ben" / "layers.py", b"ben")
    at = os.open(tmp_path, os.O_RDONLY)
    for name in ("anna", *["d" * 250] * 20):  # deeper than any path reaches
        os.mkdir(name, dir_fd=at)
        below = os.open(name, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)

    found = told(tmp_path)

    assert list(by_student(found)) == ["anna", "ben"]
    assert ["cannot be looked into" in one for one in found.not_understood] == [True]


FOLDER = {
    "anna.py": b"anna",
    "ben/layers.py": b"ben",
    "ben/helper.py": b"",
    "carl.py": b"carl",
    "carl.ipynb": NOTEBOOK,
    "Zoë Łęcka.py": b"zoe",
    "grades.csv": b"a,b",
    "dora/notes.txt": b"",
}


@pytest.mark.parametrize("form", FORMS[:3])
def test_a_plain_class(tmp_path: Path, form: str) -> None:
    path = packed(tmp_path, form, FOLDER)

    assert work(path) == {
        ("Zoë Łęcka", 1): "zoe",
        ("anna", 1): "anna",
        ("ben", 1): "ben helper.py",
        ("carl", 1): "notebook",
        ("carl.py", 1): "carl",
        ("dora", 1): "refused: there is no .py, .ipynb or .zip file, only notes.txt",
    }
    found = told(path)
    assert found.layout == "folder"
    (strange,) = found.not_understood
    assert strange.endswith("grades.csv: neither a folder nor a .py, .ipynb or .zip file")


# --- names and forms ------------------------------------------------------------------------------


def test_attempts_come_by_student_and_number(tmp_path: Path) -> None:
    found = told(zipped(tmp_path / "class.zip", dict(reversed(BLACKBOARD.items()))))

    assert [(one.student, one.number) for one in found.attempts] == [
        ("jdoe", 1), ("jdoe", 2), ("typer", 1), ("z_müller", 1),
    ]  # fmt: skip


def test_what_was_unpacked_for_a_roster_is_gone_afterwards(tmp_path: Path) -> None:
    with roster(zipped(tmp_path / "class.zip", CANVAS)) as found:
        paths = [Path(one.path) for one in found.attempts if one.refused is None]
        assert all(path.exists() for path in paths)

    assert paths
    assert not any(path.exists() for path in paths)


def test_a_layout_can_be_said(tmp_path: Path) -> None:
    path = zipped(tmp_path / "class.zip", {"doejane_1_2_layers.py": b"x", "anna.py": b"y"})

    assert told(path).layout == "folder"
    assert told(path, "canvas").not_understood == (
        "anna.py: not named as Canvas names what it packs",
    )
    assert [one.student for one in told(path, "canvas").attempts] == ["1"]


def test_a_layout_that_is_none_is_the_callers_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no layout is called sakai") as error:
        told(tmp_path, "sakai")
    assert "canvas, moodle" in error.value.hint


@pytest.mark.parametrize("layout", [None, *LAYOUTS])
def test_where_nothing_is_found_it_is_said_what_was_tried(
    tmp_path: Path, layout: str | None
) -> None:
    with pytest.raises(UsageError, match=r"holds no submissions; it holds notes\.txt") as error:
        told(zipped(tmp_path / "class.zip", {"notes.txt": b""}), layout)
    assert (LAYOUTS[layout].title if layout else "Canvas, Moodle, Blackboard") in error.value.hint


def test_names_of_macs_are_one_with_all_others(tmp_path: Path) -> None:
    name = unicodedata.normalize("NFD", "müllerzoë_1_2_läyers.py")
    found = told(zipped(tmp_path / "class.zip", {name: b"x"}))

    assert found.attempts[0].name == "müllerzoë"
    assert found.attempts[0].ids["file"] == "läyers.py"


def foreign_zip(path: Path, names: Mapping[bytes, bytes]) -> Path:
    """Write a zip whose names are these bytes, as tools do that do not say how they encode."""
    plain = {f"{at:03}" + "x" * (len(name) - 3): name for at, name in enumerate(names)}
    zipped(path, dict(zip(plain, names.values(), strict=True)))
    data = path.read_bytes()
    for ascii_name, name in plain.items():
        data = data.replace(ascii_name.encode(), name)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("encoding", ["cp437", "utf-8"])
def test_names_in_a_zip_are_read_as_they_were_meant(tmp_path: Path, encoding: str) -> None:
    name = "Zoë Müller_12_assignsubmission_file/läyers.py".encode(encoding)
    found = told(foreign_zip(tmp_path / "class.zip", {name: b"x"}))

    assert found.attempts[0].name == "Zoë Müller"


def test_names_that_are_no_text_are_shown(tmp_path: Path) -> None:
    (tmp_path / "class").mkdir()
    write(Path(os.fsdecode(os.fsencode(tmp_path / "class") + b"/b\xff.py")))

    assert [one.student for one in told(tmp_path / "class").attempts] == ["b\\udcff"]


def test_a_zip_beside_other_files_is_part_of_the_work(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "i.zip", {"helper.py": b"", "more/util.py": b""}).read_bytes()
    contents = {"doejane_1_2_layers.py": b"jane", "doejane_1_3_extra.zip": inner}

    assert work(zipped(tmp_path / "class.zip", contents)) == {
        ("1", 1): "jane extra.zip/helper.py extra.zip/more/util.py"
    }


# --- what cannot be taken -------------------------------------------------------------------------


@pytest.mark.parametrize("name", _ELSEWHERE)
def test_an_attempt_that_points_elsewhere_is_listed(tmp_path: Path, name: str) -> None:
    found = told(zipped(tmp_path / "class.zip", {**CANVAS, name: b"evil"}))

    (evil,) = [one for one in found.attempts if one.student == name]
    assert found.layout == "canvas"
    assert "no plain path" in str(evil.refused)


EVIL = [
    "Jane_1_assignsubmission_file//etc/evil.py",
    "Jane_1_assignsubmission_file/../../evil.py",
    "Jane_1_assignsubmission_file/./evil.py",
]


@pytest.mark.parametrize("name", EVIL)
def test_no_name_leads_out_of_the_temporary_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "x").mkdir()
    path = zipped(tmp_path / "x" / "class.zip", {**MOODLE, name: b"evil"})

    assert "no plain path" in work(path, "moodle")[name, 1]
    assert [one.name for one in tmp_path.rglob("*evil*")] == []


@pytest.mark.parametrize("name", ["doe_1_2_..", "doe_1_2_.", "doe_1_2_...py"])
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    found = told(zipped(tmp_path / "class.zip", {name: b"x", "roe_3_4_layers.py": b"roe"}))

    assert [one.student for one in found.attempts] == ["1", "3"]


def test_links_are_listed_and_not_followed(tmp_path: Path) -> None:
    secret = write(tmp_path / "secret" / "layers.py", b"secret")
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "doejane_1_2_layers.py").symlink_to(secret)
    (tmp_path / "class" / "roemax_3_4_layers.py").write_bytes(b"max")
    (tmp_path / "class" / "poe.py").symlink_to(secret.parent)

    seen = work(tmp_path / "class")
    assert seen["3", 1] == "max"
    assert "link" in seen["1", 1]
    assert seen["poe.py", 1] == "refused: poe.py is a link to a folder"


def test_a_link_in_a_zip_is_listed(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("doejane_1_2_layers.py")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("roemax_3_4_layers.py", "max")

    seen = work(tmp_path / "class.zip")
    assert "no regular file" in seen["doejane_1_2_layers.py", 1]
    assert seen["3", 1] == "max"


def test_an_empty_folder_of_a_student_is_listed(tmp_path: Path) -> None:
    write(tmp_path / "class" / "anna" / "layers.py", b"anna")
    (tmp_path / "class" / "ben").mkdir()
    write(tmp_path / "class" / "carl" / ".hidden.py")

    assert work(tmp_path / "class") == {
        ("anna", 1): "anna",
        ("ben", 1): "refused: the folder is empty",
        ("carl", 1): "refused: the folder is empty",
    }


def test_two_entries_of_one_name_are_both_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.writestr("anna.py", "first")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("anna.py", "second")

    assert work(tmp_path / "class.zip") == {
        ("anna", 1): "first",
        ("anna.py (again)", 1): "refused: there are two files called anna.py",
    }


def test_an_attempt_has_so_many_files_and_no_more(tmp_path: Path) -> None:
    many = {f"HW_jdoe_attempt_2026-01-31-23-59-59_f{at}.py": b"" for at in range(MAX_FILES + 1)}
    contents = {**many, "HW_max_attempt_2026-01-31-23-59-59_layers.py": b"max"}

    seen = work(zipped(tmp_path / "class.zip", contents))
    assert "more than 64" in seen["jdoe", 1]
    assert seen["max", 1] == "max"


def test_an_attempt_has_so_many_bytes_and_no_more(tmp_path: Path) -> None:
    big = bytes(MAX_NOTEBOOK)
    contents = {f"doejane_1_{at}_f{at}.ipynb": big for at in range(4)}

    seen = work(zipped(tmp_path / "class.zip", {**contents, "roemax_3_9_layers.py": b"max"}))
    assert seen["1", 1] == "refused: the files are larger than 64 MB"
    assert seen["3", 1] == "max"


@pytest.mark.parametrize("data", [b"no zip", b"PK\x05\x06" + bytes(18)])
def test_a_broken_zip_beside_other_files_is_not_left_out(tmp_path: Path, data: bytes) -> None:
    contents = {"doejane_1_2_layers.py": b"jane", "doejane_1_3_extra.zip": data}
    seen = work(zipped(tmp_path / "class.zip", contents))["1", 1]

    assert seen == "jane" if data.startswith(b"PK") else "extra.zip cannot be unpacked" in seen


def test_an_entry_with_a_password_costs_no_other(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "class.zip", {"doe_1_2_layers.py": b"doe", "roe_3_4_layers.py": b"roe"}
    )
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    data[6] |= 1
    path.write_bytes(bytes(data))

    seen = work(path)
    assert "password" in seen["1", 1]
    assert seen["3", 1] == "roe"


def test_a_name_without_end_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "class.zip", {"_1" * 9000 + ".py": b"x", "roe_3_4_layers.py": b"roe"})

    assert [one.refused for one in told(path).attempts if one.refused] == [
        "a name in the zip has 18003 characters"
    ]


def test_a_zip_in_itself_ends(tmp_path: Path) -> None:
    data = b""
    for _ in range(4):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("class.zip", data)
        data = file.getvalue()
    write(tmp_path / "class.zip", data)

    assert [one.student for one in told(tmp_path / "class.zip").attempts] == ["class"]


# --- which count, and when they came --------------------------------------------------------------


def attempt(
    student: str, number: int, received: str | None = None, *, late: bool = False
) -> Attempt:
    return Attempt(
        student=student, name=student, ids={}, number=number, late=late, received_at=received,
        path="",
    )  # fmt: skip


THREE = (attempt("ben", 1), attempt("anna", 2), attempt("anna", 1))


def test_the_latest_of_each_student_is_chosen() -> None:
    assert choose(THREE, "latest") == (THREE[1], THREE[0])


def test_all_are_kept_for_all_and_for_the_best() -> None:
    assert choose(THREE, "all") == choose(THREE, "best") == THREE


def test_no_other_attempts_can_be_chosen() -> None:
    with pytest.raises(UsageError, match="no attempt is called first"):
        choose(THREE, "first")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("received", "deadline", "late"),
    [
        ("2026-01-31T23:59:00", "2026-01-31T23:59", False),
        ("2026-01-31T23:59:01", "2026-01-31T23:59", True),
        ("2026-01-31T23:59:59", "2026-01-31", False),
        ("2026-02-01T00:00:00", "2026-01-31", True),
        ("2026-01-31T23:59:01", "2026-01-31T23:59+01:00", True),
        ("2026-01-31T22:59:00+00:00", "2026-01-31T23:59+01:00", False),
        ("2026-01-31T22:59:01+00:00", "2026-01-31T23:59+01:00", True),
    ],
)
def test_what_came_after_the_deadline_is_late(received: str, deadline: str, *, late: bool) -> None:
    (marked,) = mark_late([attempt("anna", 1, received, late=not late)], deadline)

    assert marked.late == late


def test_where_no_time_is_known_lateness_stays() -> None:
    found = mark_late([attempt("a", 1, late=True), attempt("b", 1)], "2026-01-31")

    assert [one.late for one in found] == [True, False]


def test_a_deadline_must_be_a_time() -> None:
    with pytest.raises(UsageError, match="'Friday' is no time"):
        mark_late(THREE, "Friday")


def test_a_deadline_needs_an_offset_where_times_have_one() -> None:
    with pytest.raises(UsageError, match="the deadline has none"):
        mark_late([attempt("a", 1, "2026-01-31T22:59:00+00:00")], "2026-01-31T23:59")
