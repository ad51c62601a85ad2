"""Marks by hand and by policy, by the real command line: kept by all, told by all."""

import csv
import fcntl
import json
import re
import shutil
import sqlite3
import zipfile
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.conftest import ROOT, RunCli

RIGHT = ROOT / "solutions" / "mse" / "mse.py"
POLICY = '[policy]\nlate_penalty = "1/5"\ncounts = "best"\nround_to = "1/4"\n\n'
BEFORE = "[[exercises]]\n"  # what a table of the manifest is written before

Done = CompletedProcess[str]


class Course:
    """A class that was graded into `out`, with a copy of its assignment."""

    def __init__(self, folder: Path, run_cli: RunCli) -> None:
        self.out = folder / "out"
        self.assignment = folder / "assignments" / "mse"
        self.submissions = folder / "submissions.zip"
        self.folder = folder
        self.run = run_cli

    def batch(self, *more: str) -> Done:
        return self.run("batch", "-a", self.assignment, self.submissions, "-o", self.out, *more)

    def adjust(self, *args: str) -> Done:
        return self.run("adjust", self.out, *args)

    def export(self, form: str, *more: str | Path) -> Path:
        to = self.folder / f"told.{form}"
        done = self.run("export", form, self.out, "--to", to, *more)
        assert done.returncode == 0, done.stderr
        return to

    def table(self, *more: str | Path) -> dict[str, dict[str, str]]:
        """Return what `export csv` tells of each student."""
        with self.export("csv", *more).open(encoding="utf-8", newline="") as file:
            return {row["student"]: row for row in csv.DictReader(file)}

    def dump(self) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = json.loads(self.export("json").read_bytes())
        return rows

    def grades(self) -> list[tuple[str, str, str]]:
        with (self.out / "grades.csv").open(encoding="utf-8", newline="") as file:
            return [(row["student"], row["mse"], row["final"]) for row in csv.DictReader(file)]

    def page(self) -> str:
        """Return the text of the page of the class."""
        page = (self.out / "index.html").read_text(encoding="utf-8")
        return " ".join(re.sub("<[^>]+>", " ", page).split())

    def change(self, old: str, new: str) -> None:
        path = self.assignment / "assignment.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def reports(self) -> dict[str, int]:
        return {path.name: path.stat().st_mtime_ns for path in (self.out / "reports").iterdir()}


@pytest.fixture(scope="module")
def graded(run_cli: RunCli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Grade a class by a policy, once for all tests here: of two attempts, the later is late."""
    found = Course(tmp_path_factory.mktemp("course"), run_cli)
    shutil.copytree(ROOT / "assignments" / "mse", found.assignment)
    shutil.copytree(ROOT / "solutions" / "mse", found.folder / "solutions" / "mse")
    found.change(BEFORE, POLICY + BEFORE)
    with zipfile.ZipFile(found.submissions, "w") as archive:
        archive.write(RIGHT, "munozana_11_901_mse.py")
        archive.write(RIGHT, "okaforben_12_902_mse.py")
        archive.write(RIGHT, "okaforben_LATE_12_903_mse-1.py")
        archive.writestr("royzoe_13_904_notes.txt", "no source")
    done = found.batch()
    assert done.returncode == 4, done.stderr  # one handed in nothing that can be graded
    return found.folder


@pytest.fixture
def course(graded: Path, tmp_path: Path, run_cli: RunCli) -> Course:
    shutil.copytree(graded, tmp_path / "course")
    return Course(tmp_path / "course", run_cli)


# --- by policy ------------------------------------------------------------------------------------


def test_the_policy_of_a_batch_holds_in_all_that_is_told(course: Course) -> None:
    assert course.grades() == [
        ("11", "10", "10"),
        ("12", "10", "10"),  # the best attempt counts, so all were graded
        ("12", "10", ""),
        ("13", "", ""),
    ]
    best, latest = course.table(), course.table("--counts", "latest")
    assert [(best["12"][name]) for name in ("attempt", "late", "raw", "final")] == [
        "1", "", "10", "10",
    ]  # fmt: skip
    assert [(latest["12"][name]) for name in ("attempt", "late", "raw", "final")] == [
        "2", "yes", "10", "8",
    ]  # fmt: skip
    assert latest["13"]["final"] == ""
    assert [row["final"] for row in course.dump()] == ["10", "10", "8", None]


def test_another_policy_grades_nothing_anew(course: Course) -> None:
    before = course.reports()
    course.change(POLICY, '[policy]\nlate_penalty = "1/3"\nround_to = "1/2"\n\n')
    now = course.table("-a", course.assignment)
    assert [now["12"][name] for name in ("attempt", "final")] == ["2", "6.5"]
    assert course.table()["12"]["final"] == "10"

    done = course.batch("--attempts", "all")

    assert "3 of them were graded before" in done.stdout
    assert course.reports() == before
    assert course.table()["12"]["final"] == "6.5"
    assert ("12", "10", "6.5") in course.grades()
    assert "10 / 10 6.5 final" in course.page()


def test_a_regrade_publishes_by_the_policy_that_is_now(course: Course) -> None:
    course.adjust("11", "--points", "3")
    course.change(POLICY, '[policy]\nlate_penalty = "1/3"\n\n')

    done = course.run("regrade", course.out, "--publish", "-a", course.assignment)

    assert "0 of 4 scores move" in done.stdout
    assert "Cases run: 0;" in done.stdout
    assert course.table()["12"]["final"] == "6.6667"
    assert course.grades()[0] == ("11", "10", "3")


def test_a_deadline_of_the_command_line_stays_beside_a_changed_policy(
    run_cli: RunCli, graded: Path, tmp_path: Path
) -> None:
    course = Course(tmp_path, run_cli)
    shutil.copytree(graded / "assignments", tmp_path / "assignments")
    shutil.copytree(graded / "solutions", tmp_path / "solutions")
    course.change(POLICY, '[policy]\ndeadline = "2026-01-01"\nlate_penalty = "1/10"\n\n')
    with zipfile.ZipFile(course.submissions, "w") as archive:
        archive.write(RIGHT, "HW_anna_attempt_2026-01-03-12-00-00_mse.py")
    course.batch("--deadline", "2026-01-02T00:00")
    assert course.table()["anna"]["days late"] == "2"

    course.change('"1/10"', '"1/5"')
    assert course.table("-a", course.assignment)["anna"]["final"] == "6"
    course.batch()

    assert [course.table()["anna"][name] for name in ("late", "final")] == ["yes", "6"]


def test_it_is_told_where_nothing_says_who_is_late(run_cli: RunCli, tmp_path: Path) -> None:
    shutil.copy(RIGHT, tmp_path / "anna.py")

    done = run_cli("batch", tmp_path, "--deadline", "2026-01-31", "--dry-run")

    assert done.returncode == 0, done.stderr
    assert "When 1 of 1 attempts came is not told" in done.stderr


def test_a_policy_of_another_assignment_is_refused(course: Course) -> None:
    other = ROOT / "assignments" / "backprop"
    done = course.run("export", "csv", course.out, "--to", course.folder / "x", "-a", other)

    assert done.returncode == 2
    assert "holds a batch of mse, not of backprop" in done.stderr


# --- by hand --------------------------------------------------------------------------------------


def test_a_mark_by_hand_is_told_by_all_and_stays(course: Course) -> None:
    done = course.adjust("12", "--points", "22/3", "--remark", "=told in person")

    assert done.returncode == 0, done.stderr
    assert "12: 7.3333 of 10 (set by hand, 10 as graded)" in done.stdout
    for _ in range(2):
        row = course.table()["12"]
        assert [row[name] for name in ("raw", "final", "set by hand", "remark")] == [
            "10", "7.3333", "yes", "'=told in person",
        ]  # fmt: skip
        assert [one["final"] for one in course.dump()] == ["10", "22/3", "8", None]
        assert course.grades()[1] == ("12", "10", "7.333333333333333")
        assert "=told in person" in course.page()
        canvas = course.export("canvas", "--title", "MSE (7)").read_text(encoding="utf-8")
        assert "okaforben,12,,,7.3333" in canvas
        assert "3 of them were graded before" in course.batch("--attempts", "all").stdout


def test_who_could_not_be_graded_can_be_marked_by_hand(course: Course) -> None:
    course.adjust("13", "--points", "4.5")

    done = course.batch()
    exported = course.run("export", "csv", course.out, "--to", course.folder / "x.csv")

    assert done.returncode == 0, done.stderr
    assert "not graded 4.5 final" in course.page()
    assert [course.table()["13"][name] for name in ("raw", "final", "max")] == ["", "4.5", "10"]
    assert "left blank" not in exported.stderr


def test_each_part_is_set_and_all_is_taken_back(course: Course) -> None:
    before = (course.grades(), course.page(), course.dump())
    course.adjust("11", "--points", "9")
    course.adjust("11", "--remark", "first")
    course.adjust("11", "--remark", "second")
    row = course.table()["11"]
    assert (row["final"], row["remark"]) == ("9", "second")

    done = course.adjust("11", "--clear")

    assert "11: 10 of 10 (10 as graded)" in done.stdout
    assert (course.grades(), course.page(), course.dump()) == before


def test_more_than_the_maximum_stands_and_is_told(course: Course) -> None:
    done = course.adjust("11", "--points", "12")

    assert "above the maximum: it stands" in done.stdout
    assert course.table()["11"]["final"] == "12"


@pytest.mark.parametrize("student", ["okaforbe", "munozana", "1"])
def test_a_student_who_is_not_there_is_an_error_that_names_near_ones(
    course: Course, student: str
) -> None:
    done = course.adjust(student, "--points", "1")

    assert done.returncode == 2
    assert f"the batch has no student '{student}'" in done.stderr
    near = {"okaforbe": "12 (okaforben)", "munozana": "11 (munozana)", "1": "11 (munozana)"}
    assert near[student] in done.stderr


@pytest.mark.parametrize("points", ["-1", "1e9", "1/0", "7,5", "٣", "1" * 40])
def test_points_are_an_exact_number(course: Course, points: str) -> None:
    done = course.adjust("11", "--points", points)

    assert done.returncode == 2
    assert "is no number of points" in done.stderr


@pytest.mark.parametrize("options", [[], ["--clear", "--points", "1"], ["--clear", "--remark", ""]])
def test_what_is_to_be_set_must_be_said(course: Course, options: list[str]) -> None:
    done = course.adjust("11", *options)

    assert done.returncode == 2
    assert "--clear alone" in done.stderr


def test_no_mark_is_set_while_a_batch_runs(course: Course) -> None:
    with (course.out / "ledger.lock").open("w+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = course.adjust("11", "--points", "1")

    assert done.returncode == 2
    assert "in use by another grader" in done.stderr


def test_a_folder_without_a_batch_is_left_as_it_is(run_cli: RunCli, tmp_path: Path) -> None:
    done = run_cli("adjust", tmp_path / "none", "anna", "--points", "1")

    assert done.returncode == 2
    assert "holds no batch" in done.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(("version", "age"), [(0, "an older"), (99, "a newer")])
def test_a_ledger_of_another_version_is_told(course: Course, version: int, age: str) -> None:
    database = sqlite3.connect(course.out / "ledger.sqlite")
    database.execute(f"PRAGMA user_version = {version}")
    database.close()

    for done in (course.batch(), course.adjust("11", "--points", "1")):
        assert done.returncode == 2
        assert f"was written by {age} grader" in done.stderr


# --- what an LMS gives and takes ------------------------------------------------------------------


def test_an_lms_has_its_table_back_to_the_last_sign_but_for_the_marks(course: Course) -> None:
    theirs, none = course.folder / "theirs.csv", ""
    told = "\ufeffStudent,ID,SIS Login ID,Section,Backprop (77)\r\nMuñoz,11,,,{}\r\nOther,99,,,\r\n"
    theirs.write_bytes(told.format(none).encode())

    ours = course.export("canvas", "--template", theirs, "--title", "77")

    assert ours.read_bytes() == told.format("10").encode()


@pytest.mark.parametrize("held", [None, b"\xff\xfeS\0"])
def test_a_table_that_cannot_be_read_is_the_callers_error(
    course: Course, held: bytes | None
) -> None:
    theirs = course.folder / "theirs.csv"
    if held is not None:
        theirs.write_bytes(held)

    done = course.run(
        "export", "canvas", course.out, "--to", course.folder / "x", "--template", theirs
    )

    assert done.returncode == 2
    assert "theirs.csv" in done.stderr
    assert "Next: " in done.stderr


@pytest.mark.parametrize("option", ["--template", "--feedback"])
@pytest.mark.parametrize("form", ["nbgrader", "gradescope", "csv", "json"])
def test_nothing_that_is_asked_for_is_passed_over(course: Course, form: str, option: str) -> None:
    to = course.folder / "told"

    done = course.run("export", form, course.out, "--to", to, option, course.folder / "other")

    assert done.returncode == 2
    assert f"{option} goes with canvas" in done.stderr
    assert not to.exists()


@pytest.mark.parametrize("broken", ["place", "report"])
def test_feedback_is_written_whole_or_not_at_all(course: Course, broken: str) -> None:
    archive = course.folder / "back.zip"
    if broken == "place":
        archive = course.submissions / "back.zip"  # below what is no folder
    else:
        (course.out / "reports" / "00001-11.html").unlink()

    done = course.run(
        "export", "canvas", course.out, "--to", course.folder / "x", "--feedback", archive
    )

    assert done.returncode == 2, done.stderr
    assert ("back.zip" if broken == "place" else "00001-11.html") in done.stderr
    assert not archive.exists()
    assert not list(course.folder.glob(".*.part"))
