"""A class's attempts, graded by workers; each result is written down when its files are there."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeAlias

import msgspec

from grader.batch.ledger import Ledger, Result
from grader.batch.parcel import Paper, Work
from grader.batch.pool import cores, done_by
from grader.batch.roster import Attempt
from grader.errors import GraderError, SubmissionError, UsageError
from grader.exports.canonical import canonical
from grader.files import write_bytes, write_text
from grader.grade import Grader
from grader.judge.sketch import Sketch, sketches
from grader.model import Assignment, Case, Graded, Outcome, Submission
from grader.report.clean import clean
from grader.report.html import report
from grader.report.view import Page, page
from grader.sandbox.evidence import Evidence, packed, place_of
from grader.sandbox.memory import Memory, execution_digest
from grader.sandbox.session import outcome_of

# Entered in each worker: what grades a submission.
Workplace: TypeAlias = Callable[[], AbstractContextManager[Grader]]
# Has an office's attempts graded: each one's number with its answer; None where none was had.
Place: TypeAlias = Callable[["Office"], Iterator[tuple[int, bytes | None]]]
_Answer: TypeAlias = tuple[str, Result, bytes]  # with the SHA-256 of what was graded
_KEPT = b"kept"


class Office:
    """Has attempts graded by workers, and writes each result down when its files are there."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a class is graded with
        self,
        assignment: Assignment,
        place: Place,
        out: Path,
        attempts: Sequence[Attempt],
        ledger: Ledger,
        follows: str,
    ) -> None:
        self.assignment = assignment
        self.place = place
        self.out = out
        self.attempts = attempts
        self.ledger = ledger
        self.follows = follows
        self.numbers = ledger.enter(attempts)
        self.finished = [ledger.finished(attempt, follows) for attempt in attempts]
        self.kept = 0

    def results(self) -> Iterator[Attempt]:
        """Yield each attempt when its result is recorded, or is the one of before."""
        for task, answer in self.place(self):
            attempt = self.attempts[task]
            if answer is None:
                result = refused("the worker that graded it was lost: run the batch once more")
                self.ledger.record(attempt, "", "", result)
            elif answer == _KEPT:
                self.kept += 1
            else:
                sha256, written, evidence = msgspec.msgpack.decode(answer, type=_Answer)
                follows = self.follows if sha256 else ""
                self.ledger.record(attempt, sha256, follows, written, evidence or None)
            yield attempt

    @contextmanager
    def bench(self, workplace: Workplace) -> Iterator[Callable[[int], bytes]]:
        """Make ready, in a worker, to grade attempts by their number."""
        self.ledger.leave()
        with workplace() as grade_one:
            yield lambda task: self.graded(task, grade_one)

    def graded(self, task: int, grade_one: Grader) -> bytes:
        """Grade an attempt, unless it was before."""
        work = self.taken(task)
        return work if isinstance(work, bytes) else self.filed(work, examined(work, grade_one))

    def taken(self, task: int) -> Work | bytes:
        """Read an attempt; return an answer at once where there is nothing to grade."""
        attempt = self.attempts[task]
        try:
            submission = attempt.read(self.assignment.files)
        except SubmissionError as error:
            return _answer(Paper(result=refused(f"{error.message}; {error.hint}")))
        except Exception:
            logging.getLogger("grader").exception("reading %s failed", attempt.student)
            return _answer(Paper(result=refused("a bug in the grader: see the log")))
        if submission.sha256 == self.finished[task]:
            return _KEPT
        return Work(submission, file_name(self.numbers[task], attempt.student))

    def filed(self, work: Work, paper: Paper) -> bytes:
        """Write the files of what was graded, and return the answer to record."""
        try:
            write_paper(self.out, work.name, paper)
        except UsageError as error:
            return _answer(Paper(result=refused(f"{error.message}; {error.hint}")))
        return _answer(paper)


def here(workplace: Workplace) -> Place:
    """Return the place that this machine is, with a worker for each core."""
    return lambda office: done_by(lambda: office.bench(workplace), len(office.attempts), cores())


def examined(work: Work, grade_one: Grader) -> Paper:
    """Grade a submission; one that fails stops nothing."""
    try:
        memory = Memory()
        graded = grade_one(work.submission, memory)
        shown, unnamed = page(graded), unnamed_of(graded, grade_one, memory)
        return Paper(
            sha256=work.submission.sha256,
            result=result_of(graded, shown, work.name, unnamed),
            page=report(graded, shown),
            evidence=packed(evidence_of(work.submission, grade_one, memory)),
        )
    except GraderError as error:  # this machine's, as that no guest can be started
        return Paper(result=refused(f"{error.message}; {error.hint}"))
    except Exception:
        logging.getLogger("grader").exception("grading %s failed", work.submission.student)
        return Paper(result=refused("a bug in the grader: see the log"))


def _answer(paper: Paper) -> bytes:
    """Return the result of a paper, and what it rests on."""
    return msgspec.msgpack.encode((paper.sha256, paper.result, paper.evidence))


def file_name(number: int, student: str) -> str:
    """Return what the files of an attempt are called."""
    return f"{number:05d}-{_safe(student)}"


def write_paper(out: Path, name: str, paper: Paper) -> None:
    """Write a report and a scorecard, where there are any."""
    if paper.page is not None and paper.result.scorecard is not None:
        _write(out, name, paper.page, paper.result.scorecard.encode())


def write_files(out: Path, graded: Graded, shown: Page, name: str) -> None:
    """Write a report and a scorecard."""
    _write(out, name, report(graded, shown), canonical(graded.scorecard))


def _write(out: Path, name: str, page_: str, card: bytes) -> None:
    write_text(out / "reports" / f"{name}.html", page_)
    write_bytes(out / "scorecards" / f"{name}.json", card)


def result_of(graded: Graded, shown: Page, name: str, unnamed: dict[str, Sketch]) -> Result:
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
        unnamed=unnamed,
    )


def unnamed_of(graded: Graded, grade_one: Grader, memory: Memory) -> dict[str, Sketch]:
    """Return sketches of what is wrong and has no name, of what a submission just answered."""
    return sketches(graded.scorecard, _ran(grade_one, memory))


def _ran(grade_one: Grader, memory: Memory) -> Iterator[tuple[Case, Outcome]]:
    answers = memory.answers()
    for case in grade_one.cases:
        answer = answers.get(execution_digest(case, grade_one.assignment.limits))
        if answer is not None:
            yield case, outcome_of(case, answer)


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
