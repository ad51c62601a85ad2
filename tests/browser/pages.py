"""The pages that the tests of this folder look at: real submissions, graded behind the wall.

Each is made when it is first asked for, and once in a session.
"""

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import cached_property
from pathlib import Path

from msgspec.structs import asdict, replace

from grader.batch.ledger import Ledger
from grader.batch.overview import write_class
from grader.batch.tables import LEDGER
from grader.grade import Grader
from grader.judge.verdict import judging
from grader.model import Case, Ending, Extracted, Graded, Outcome, Verdict
from grader.report.html import report
from grader.sandbox.keeper import LOST
from grader.submission.read import read_submission
from tests.conftest import BACKPROP, ROOT, RunCli
from tests.test_validate import copied

_CORPUS = ROOT / "tests" / "corpus"
_SOLUTIONS = ROOT / "solutions" / "backprop"
_RIGHT = _SOLUTIONS / "layers.py"
_SAMPLE = _CORPUS / "sample" / "layers.py"
_SMALL = ROOT / "assignments" / "mse"
_FEW_CASES = ("loss-square-1", "gradient-square-1")
_PROOF_SECONDS = 180.0  # a proof grades hundreds of submissions

STUDENT = ("all-right", "some-wrong", "all-wrong", "unreadable", "not-run", "notebook", "spanish")
CLASS = ("class-of-3", "class-of-60")
AUTHOR = ("author-sound", "author-unsound")
LARGE = "class-of-3000"
EVERY = (*STUDENT, *CLASS, *AUTHOR)

ALL_WRONG = """\
import numpy as np


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(dvalues.T, self.inputs)
        self.dbiases = np.sum(dvalues, axis=0)
        self.dinputs = 3 * np.dot(dvalues, self.weights.T) + 0.25


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        # I am not sure about this one
        self.dinputs = dvalue.copy()
"""
# Wrong in a way that has no name, and alike in two students.
_UNNAMED = "self.dbiases = 1.25 * np.sum(dvalues, axis=0, keepdims=True) - 0.5"
_SUM = "self.dbiases = np.sum(dvalues, axis=0, keepdims=True)"


class Pages:
    """Makes pages by name, each once."""

    def __init__(self, folder: Path, grader: Grader, run_cli: RunCli) -> None:
        self._folder = folder
        self._grader = grader
        self._run_cli = run_cli
        self._made: dict[str, Path] = {}
        self._makers: Mapping[str, Callable[[Path], Path]] = {
            "all-right": self._student(_RIGHT),
            "some-wrong": self._student(_SAMPLE),
            "all-wrong": self._all_wrong,
            "unreadable": self._student(_CORPUS / "syntax-error" / "layers.py"),
            "not-run": self._not_run,
            "spanish": self._spanish,
            "notebook": self._student(_CORPUS / "notebook-that-raises" / "layers.ipynb"),
            "class-of-3": lambda folder: self._class(folder, class_of_3),
            "class-of-60": lambda folder: self._class(folder, class_of_60),
            LARGE: self._large,
            "author-sound": lambda folder: self._author(folder, _SMALL, 0),
            "author-unsound": lambda folder: self._author(folder, _unsound(folder), 4),
        }

    def __getitem__(self, name: str) -> Path:
        """Return where a page is, which is made if need be."""
        if name not in self._made:
            folder = self._folder / name
            folder.mkdir(exist_ok=True)
            self._made[name] = self._makers[name](folder)
        return self._made[name]

    def _student(self, source: Path) -> Callable[[Path], Path]:
        return lambda folder: _written(folder, graded_by(self._grader, source))

    def _all_wrong(self, folder: Path) -> Path:
        source = folder / "layers.py"
        source.write_text(ALL_WRONG, encoding="utf-8")
        graded = graded_by(self._grader, source)
        assert graded.scorecard.points == 0
        return _written(folder, graded)

    def _not_run(self, folder: Path) -> Path:
        return _written(folder, graded_by(losing(self._grader, "relu"), _SAMPLE))

    def _spanish(self, folder: Path) -> Path:
        grader = replace(self._grader, assignment=replace(self._grader.assignment, reader="es"))
        return _written(folder, graded_by(grader, _SAMPLE))

    def _class(self, folder: Path, write: Callable[[Path], None]) -> Path:
        course = folder / "class"
        course.mkdir()
        write(course)
        return batch(self._run_cli, course, folder / "out")

    def _large(self, folder: Path) -> Path:
        """Make a class of 3,000 of one of 60: the same results, under as many names."""
        out = folder / "out"
        shutil.copytree(self["class-of-60"].parent, out)
        multiply(out / LEDGER, 50)
        with Ledger(out) as ledger:
            write_class(out, ledger)
        return out / "index.html"

    def _author(self, folder: Path, assignment: Path, expected: int) -> Path:
        page = folder / "proof.html"
        done = self._run_cli("validate", assignment, "--html", page, seconds=_PROOF_SECONDS)
        assert done.returncode == expected, done.stdout + done.stderr
        return page


def graded_by(grader: Grader, path: Path) -> Graded:
    """Grade a submission in any form."""
    return grader(read_submission(path, grader.assignment.files))


def _written(folder: Path, graded: Graded) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "report.html"
    path.write_text(report(graded), encoding="utf-8")
    return path


def batch(run_cli: RunCli, course: Path, out: Path, *options: str | Path) -> Path:
    """Grade a class, and return its page."""
    done = run_cli("batch", "-a", BACKPROP, course, "-o", out, *options, seconds=_PROOF_SECONDS)
    assert done.returncode in (0, 4), done.stdout + done.stderr
    return out / "index.html"


# --- classes --------------------------------------------------------------------------------------


def class_of_3(course: Path) -> None:
    """Write a class of which one is right, one is wrong, and one cannot be graded."""
    shutil.copy(_RIGHT, course / "anna.py")
    shutil.copy(_SAMPLE, course / "ben.py")
    (course / "zoe.ipynb").write_text("not a notebook", encoding="utf-8")


def class_of_60(course: Path) -> None:
    """Write a class with all that a page of one can tell."""
    right = _RIGHT.read_text(encoding="utf-8")
    mistakes = sorted((_SOLUTIONS / "mistakes").glob("*.py"))[::5]
    sources = [right] * 28 + [path.read_text(encoding="utf-8") for path in mistakes]
    sources += [(BACKPROP / "layers.py").read_text(encoding="utf-8"), ALL_WRONG]
    sources += [right.replace(_SUM, _UNNAMED)] * 3
    sources += [(_CORPUS / "syntax-error" / "layers.py").read_text(encoding="utf-8")]
    assert _UNNAMED in sources[-2]
    sources += [right] * (58 - len(sources))
    for number, source in enumerate(sources):
        own = f"{source}\n# student {number}\n"
        (course / f"student-{number:02d}.py").write_text(own, encoding="utf-8")
    (course / "student-58.ipynb").write_text("not a notebook", encoding="utf-8")
    (course / "student-59.ipynb").write_text(json.dumps({"cells": 1}), encoding="utf-8")


def multiply(path: Path, times: int) -> None:
    """Give each attempt of a ledger so many copies in all, each by a student of its own."""
    with closing(sqlite3.connect(path)) as database, database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master")]
        for table in tables:
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            if "student" in columns:
                told = ", ".join(columns)
                taken = ", ".join(
                    "student || '-' || :copy" if name == "student" else name for name in columns
                )
                database.executemany(
                    f"INSERT INTO {table} ({told}) SELECT {taken} FROM {table} "
                    "WHERE student NOT GLOB 'student-[0-9][0-9]-*'",
                    [{"copy": f"{number:02d}"} for number in range(1, times)],
                )


# --- faults, of the machine and of an assignment --------------------------------------------------


class Losing(Grader, frozen=True, eq=False, dict=True):
    """Grades as on a machine that loses every case of an exercise."""

    exercise: str = ""

    @cached_property
    def judge(self) -> Callable[[Case, Outcome, Extracted], Verdict]:
        by_itself = judging(self.assignment)

        def judge(case: Case, outcome: Outcome, extracted: Extracted) -> Verdict:
            if case.exercise == self.exercise:
                told = replace(outcome, reason=LOST.reason, problem=None)
                outcome = replace(told, ending=Ending.NOT_RUN, outputs={})
            return by_itself(case, outcome, extracted)

        return judge


def losing(grader: Grader, exercise: str) -> Grader:
    return Losing(**asdict(grader), exercise=exercise)


def _unsound(folder: Path) -> Path:
    """Copy the assignment with three cases: mistakes and mutants live."""
    assignment, _ = copied(folder, "mse")
    manifest = assignment / "assignment.toml"
    head, *cases = re.split(r"\n(?=\[\[cases\]\])", manifest.read_text(encoding="utf-8"))
    kept = [one for one in cases if any(f'id = "{few}"\n' in one for few in _FEW_CASES)]
    assert len(kept) == len(_FEW_CASES)
    manifest.write_text("\n".join([head, *kept]), encoding="utf-8")
    return assignment
