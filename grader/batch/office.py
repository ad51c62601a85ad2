"""A class's attempts, graded by workers; each result is written down when its files are there."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeAlias

import msgspec

from grader.batch.kept import Evidence, packed, place_of
from grader.batch.ledger import Ledger, Result
from grader.batch.pool import cores, done_by
from grader.batch.roster import Attempt
from grader.errors import SubmissionError
from grader.exports.canonical import canonical
from grader.files import write_bytes, write_text
from grader.grade import Grader
from grader.model import Assignment, Graded, Submission
from grader.report.clean import clean
from grader.report.html import report
from grader.report.view import Page, page
from grader.sandbox.memory import Memory

# Entered in each worker: what grades a submission.
Workplace: TypeAlias = Callable[[], AbstractContextManager[Grader]]
_KEPT = b"kept"


class Office:
    """Has attempts graded by workers, and writes each result down when its files are there."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a class is graded with
        self,
        assignment: Assignment,
        workplace: Workplace,
        out: Path,
        attempts: Sequence[Attempt],
        ledger: Ledger,
        follows: str,
    ) -> None:
        self.assignment = assignment
        self.workplace = workplace
        self.out = out
        self.attempts = attempts
        self.ledger = ledger
        self.follows = follows
        self.numbers = ledger.enter(attempts)
        self.finished = [ledger.finished(attempt, follows) for attempt in attempts]
        self.kept = 0

    def results(self) -> Iterator[Attempt]:
        """Yield each attempt when its result is recorded, or is the one of before."""
        for task, answer in done_by(self.bench, len(self.attempts), cores()):
            attempt = self.attempts[task]
            if answer is None:
                result = refused("the worker that graded it was lost: run the batch once more")
                self.ledger.record(attempt, "", "", result)
            elif answer == _KEPT:
                self.kept += 1
            else:
                told, _, evidence = answer.partition(b"\n")
                sha256, written = msgspec.json.decode(told, type=tuple[str, Result])
                follows = self.follows if sha256 else ""
                self.ledger.record(attempt, sha256, follows, written, evidence or None)
            yield attempt

    @contextmanager
    def bench(self) -> Iterator[Callable[[int], bytes]]:
        """Make ready, in a worker, to grade attempts by their number."""
        self.ledger.leave()
        with self.workplace() as grade_one:
            yield lambda task: self.graded(task, grade_one)

    def graded(self, task: int, grade_one: Grader) -> bytes:
        """Grade an attempt, unless it was before; one that fails stops nothing.

        The answer is the result in a line, then what it rests on.
        """
        attempt, sha256, evidence = self.attempts[task], "", b""
        try:
            submission = attempt.read(self.assignment.files)
            if submission.sha256 == self.finished[task]:
                return _KEPT
            memory = Memory()
            graded = grade_one(submission, memory)
            sha256 = submission.sha256
            name = f"{self.numbers[task]:05d}-{_safe(attempt.student)}"
            shown = page(graded)
            write_files(self.out, graded, shown, name)
            result = result_of(graded, shown, name)
            evidence = packed(evidence_of(submission, grade_one, memory))
        except SubmissionError as error:
            result = refused(f"{error.message}; {error.hint}")
        except Exception:
            logging.getLogger("grader").exception("grading %s failed", attempt.student)
            result = refused("a bug in the grader: see the log")
        return msgspec.json.encode([sha256, result]) + b"\n" + evidence


def result_of(graded: Graded, shown: Page, name: str) -> Result:
    """Return what the ledger keeps of a graded submission, whose files have a certain name."""
    card = graded.scorecard
    complete = card.is_complete
    return Result(
        submission=shown.name,
        points=card.points_exact if complete else None,
        max_points=str(sum(one.points for one in graded.assignment.exercises)),
        remark=shown.first if complete else f"{shown.ungraded} cases could not be run",
        scorecard=canonical(card).decode(),
        report=f"reports/{name}.html",
    )


def write_files(out: Path, graded: Graded, shown: Page, name: str) -> None:
    """Write a report and a scorecard."""
    write_text(out / "reports" / f"{name}.html", report(graded, shown))
    write_bytes(out / "scorecards" / f"{name}.json", canonical(graded.scorecard))


def evidence_of(submission: Submission, grade_one: Grader, memory: Memory) -> Evidence:
    """Return what a grading rests on."""
    place = place_of(grade_one.circumstances)
    return Evidence(submission=submission, place=place, answers=memory.answers())


def refused(reason: str) -> Result:
    """Return the result of an attempt that could not be graded, with the reason."""
    return Result("", None, "0", clean(reason, 500), None, None)


def _safe(name: str) -> str:
    """Return a file name that means nothing to any shell, browser or file system."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in name)[:60]
