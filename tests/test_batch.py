"""A class in one command: what is recorded stays, whatever ends it; an LMS takes the marks."""

import csv
import fcntl
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

import pytest
from msgspec.structs import replace

from grader.assignment.key import Key
from grader.batch.ledger import Ledger, Result, read_ledger
from grader.batch.office import examined
from grader.batch.parcel import Work
from grader.batch.roster import Attempt
from grader.errors import SandboxError, UsageError
from grader.explain import Explainer
from grader.grade import prepare
from grader.model import Assignment
from grader.sandbox.host import keeper_for
from grader.sandbox.paths import policy_for
from grader.submission.read import read_submission
from tests.conftest import BACKPROP, ROOT, RunCli, full_disk

MISTAKES = ROOT / "solutions" / "backprop" / "mistakes"
RIGHT = ROOT / "solutions" / "backprop" / "layers.py"
CRASHES = ROOT / "tests" / "corpus" / "os-exit" / "layers.py"
_WORKS = {
    "anna": RIGHT,
    "ben": MISTAKES / "leaky.py",
    "carl": CRASHES,
    "dora": BACKPROP / "layers.py",
}
_POINTS = {"anna": "10", "ben": "6.7214285714285715", "carl": "6", "dora": "0"}

Batch = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def course(tmp_path: Path) -> Path:
    folder = tmp_path / "class"
    folder.mkdir()
    for student, work in _WORKS.items():
        shutil.copy(work, folder / f"{student}.py")
    return folder


@pytest.fixture
def batch(run_cli: RunCli) -> Batch:
    return lambda *args: run_cli("batch", "-a", BACKPROP, *args)


def points(out: Path) -> dict[str, str]:
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["student"]: row["backprop"] for row in csv.DictReader(file)}


def dump(run_cli: RunCli, out: Path) -> bytes:
    """Return the canonical dump of a ledger."""
    done = run_cli("export", "json", out, "--to", out.parent / "dump.json")
    assert done.returncode == 0, done.stderr
    return (out.parent / "dump.json").read_bytes()


# --- into the same folder again -------------------------------------------------------------------


def test_a_second_batch_grades_what_is_new_or_changed_alone(
    batch: Batch, course: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    first = batch(course, "-o", out)
    before = {path: path.stat().st_mtime_ns for path in (out / "reports").iterdir()}
    shutil.copy(RIGHT, course / "ben.py")
    shutil.copy(RIGHT, course / "emil.py")

    second = batch(course, "-o", out)

    assert (first.returncode, second.returncode) == (0, 0), second.stderr
    assert points(out) == _POINTS | {"ben": "10", "emil": "10"}
    assert "3 of them were graded before" in second.stdout
    after = {path: path.stat().st_mtime_ns for path in (out / "reports").iterdir()}
    assert [path.name for path in before if after[path] != before[path]] == ["00002-ben.html"]


def test_what_could_not_be_read_is_tried_again(batch: Batch, course: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (course / "fay").mkdir()
    first = batch(course, "-o", out)
    shutil.copy(RIGHT, course / "fay" / "layers.py")

    second = batch(course, "-o", out)

    assert (first.returncode, second.returncode) == (4, 0)
    assert "fay" in first.stderr
    assert points(out)["fay"] == "10"


def test_a_batch_that_is_killed_goes_on_to_the_same_result(
    batch: Batch, run_cli: RunCli, cli_environment: Mapping[str, str], tmp_path: Path
) -> None:
    course = tmp_path / "class"
    course.mkdir()
    works = [RIGHT, CRASHES, *sorted(MISTAKES.glob("l*.py"))] * 3
    for number, work in enumerate(works):
        shutil.copy(work, course / f"student-{number:02d}.py")
    whole, broken = tmp_path / "a" / "out", tmp_path / "b" / "out"
    assert batch(course, "-o", whole).returncode == 0
    command = [sys.executable, "-m", "grader", "batch", "-a", str(BACKPROP), str(course)]

    recorded: list[int] = []
    for seconds in (0.6, 0.9, 1.2, 1.5):
        started = subprocess.Popen(
            [*command, "-o", str(broken)],
            env=dict(cli_environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(seconds)
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()
        done = read_ledger(broken) if (broken / "ledger.sqlite").exists() else ()
        recorded.append(sum(line.result is not None for line in done))
    folders = [
        path for path in (broken, broken / "reports", broken / "scorecards") if path.exists()
    ]
    for folder in folders:  # as it is left by who is killed in the middle of a file
        (folder / ".0123456789abcdef.part").write_bytes(b"half of i")
    last = batch(course, "-o", broken)

    assert last.returncode == 0, last.stderr
    assert not list(broken.rglob(".*.part"))
    assert recorded == sorted(recorded)
    assert f"{recorded[-1]} of them were graded before" in last.stdout or recorded[-1] == 0
    assert dump(run_cli, broken) == dump(run_cli, whole)
    for part in ("grades.csv", "index.html"):
        assert (broken / part).read_bytes() == (whole / part).read_bytes()
    reports = {path.name: path.read_bytes() for path in (whole / "reports").iterdir()}
    assert {path.name: path.read_bytes() for path in (broken / "reports").iterdir()} == reports


def test_of_two_batches_on_one_folder_the_second_is_refused(
    batch: Batch, course: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with (out / "ledger.lock").open("w+") as held:
        held.write("process 4711 on another-host")
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)

        done = batch(course, "-o", out)

    assert done.returncode == 2
    assert "in use by another grader (process 4711 on another-host)" in done.stderr
    assert not (out / "ledger.sqlite").exists()


def test_a_file_that_is_no_ledger_is_told(batch: Batch, course: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "ledger.sqlite").write_bytes(b"no database at all, but long enough to be looked at" * 9)

    done = batch(course, "-o", out)

    assert done.returncode == 2
    assert "is no ledger" in done.stderr


# --- what an LMS packs ----------------------------------------------------------------------------


def canvas_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(RIGHT, "munozana_11_901_layers.py")
        archive.write(MISTAKES / "leaky.py", "okaforben_LATE_12_902_layers.py")
        archive.write(RIGHT, "okaforben_LATE_12_903_layers-1.py")
        archive.writestr("royzoe_13_904_notes.txt", "no source")
    return path


def test_a_dry_run_says_who_was_found_and_grades_nothing(batch: Batch, tmp_path: Path) -> None:
    done = batch(canvas_zip(tmp_path / "submissions.zip"), "--dry-run")

    assert done.returncode == 0, done.stderr
    assert "laid out as canvas" in done.stdout
    assert "12  okaforben: layers.py, late" in done.stdout
    assert list(tmp_path.iterdir()) == [tmp_path / "submissions.zip"]


def test_a_download_of_an_lms_is_graded_and_given_back(
    batch: Batch, run_cli: RunCli, tmp_path: Path
) -> None:
    out, sheet, feedback = tmp_path / "out", tmp_path / "marks.csv", tmp_path / "back.zip"
    graded = batch(canvas_zip(tmp_path / "submissions.zip"), "-o", out, "--attempts", "all")

    done = run_cli(
        "export", "canvas", out, "--to", sheet, "--title", "Backprop (77)", "--feedback", feedback
    )

    assert graded.returncode == 4  # one handed in nothing that can be graded
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(sheet.read_text(encoding="utf-8"))))
    assert {row["ID"]: row["Backprop (77)"] for row in rows if row["ID"]} == {
        "11": "10",
        "12": "10",
        "13": "",
    }
    assert "13: not graded" in done.stderr
    with zipfile.ZipFile(feedback) as archive:
        assert sorted(name.split("_", 1)[1] for name in archive.namelist()) == [
            "11_901_report.html",
            "LATE_12_903_report.html",
        ]


@pytest.mark.parametrize("form", ["moodle", "blackboard", "nbgrader", "gradescope", "csv", "json"])
def test_every_form_holds_the_marks(
    form: str, batch: Batch, run_cli: RunCli, course: Path, tmp_path: Path
) -> None:
    out, told = tmp_path / "out", tmp_path / "marks"
    batch(course, "-o", out)

    done = run_cli("export", form, out, "--to", told)

    assert done.returncode == 0, done.stderr
    if form == "json":
        found = {row["student"]: row["points"] for row in json.loads(told.read_bytes())}
        assert {name: float(Fraction(value)) for name, value in found.items()} == {
            name: float(value) for name, value in _POINTS.items()
        }
    else:
        assert told.read_text(encoding="utf-8")


def test_a_name_that_was_chosen_to_be_misread_is_told_in_one_line(
    batch: Batch, run_cli: RunCli, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (tmp_path / "class" / "anna\x1b[2J\nben: all right").mkdir(parents=True)
    told = r"anna\u001b[2J ben: all right"

    dry = batch(tmp_path / "class", "--dry-run")
    graded = batch(tmp_path / "class", "-o", out)
    exported = run_cli("export", "csv", out, "--to", tmp_path / "marks.csv")
    regraded = run_cli("regrade", out)

    assert dry.stdout.startswith(f"{told}  {told}: ")
    assert f"  {told}: the folder is empty" in graded.stderr.splitlines()[-1]
    assert exported.stderr == f"left blank or out: {told}: not graded\n"
    assert f"not graded: {told}: the folder is empty" in regraded.stderr


def test_an_export_of_no_batch_is_the_callers_error(run_cli: RunCli, tmp_path: Path) -> None:
    done = run_cli("export", "moodle", tmp_path, "--to", tmp_path / "x.csv")

    assert done.returncode == 2
    assert "holds no batch" in done.stderr


def test_what_is_wrong_with_this_machine_is_told_as_that(
    backprop: Assignment, key: Key, home: Path
) -> None:
    def cannot() -> Explainer:
        raise SandboxError("no guest can be started", "run `grader doctor`")

    wrong = read_submission(MISTAKES / "leaky.py", backprop.files, "ben")

    with keeper_for(policy_for(backprop.limits, backprop.packages)) as keeper:
        by = replace(prepare(backprop, key, home / "cases", keeper), explainer=cannot)
        paper = examined(Work(wrong, "00001-ben"), by)

    assert (paper.sha256, paper.result.points) == ("", None)
    assert paper.result.remark == "no guest can be started; run `grader doctor`"


# --- the ledger ----------------------------------------------------------------------------------


def test_a_ledger_keeps_exact_points_and_ids(tmp_path: Path) -> None:
    attempt = Attempt("anna", "Ana Muñoz", {"canvas_user": "11"}, 2, True, None, "/x")  # noqa: FBT003
    with Ledger(tmp_path) as ledger:
        assert ledger.enter([attempt]) == ledger.enter([attempt]) == [1]
        ledger.record(attempt, "sha", "why", Result("a.py", "22/3", "10", "", None, None))
        assert ledger.finished(attempt, "why") == "sha"
        assert ledger.finished(attempt, "another key") is None

    (kept,) = read_ledger(tmp_path)
    assert (kept.points, kept.ids, kept.late) == (Fraction(22, 3), {"canvas_user": "11"}, True)


def test_a_ledger_cannot_be_opened_twice(tmp_path: Path) -> None:
    with Ledger(tmp_path), pytest.raises(UsageError, match="in use by another grader"):
        Ledger(tmp_path)


def test_a_ledger_on_a_full_disk_says_so_and_goes_on_later(tmp_path: Path) -> None:
    attempt = Attempt("anna", "Anna", {}, 1, late=False, received_at=None, path="")
    with Ledger(tmp_path) as ledger:
        with full_disk(), pytest.raises(UsageError, match="the ledger cannot be written"):
            ledger.enter([attempt])
        ledger.enter([attempt])

    (kept,) = read_ledger(tmp_path)
    assert kept.student == "anna"


def test_a_ledger_that_cannot_be_begun_says_so(tmp_path: Path) -> None:
    with full_disk(), pytest.raises(UsageError, match="cannot be locked: File too large"):
        Ledger(tmp_path)
    Ledger(tmp_path).__exit__(None, None, None)  # nothing holds it

    (tmp_path / "ledger.sqlite").unlink()
    (tmp_path / "ledger.sqlite").mkdir()
    with pytest.raises(UsageError, match="cannot be opened: unable to open") as raised:
        Ledger(tmp_path)
    assert "copy the folder" in raised.value.hint


def test_a_recorded_result_is_on_the_disk(tmp_path: Path) -> None:
    with Ledger(tmp_path):
        database = sqlite3.connect(tmp_path / "ledger.sqlite")
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        database.close()
