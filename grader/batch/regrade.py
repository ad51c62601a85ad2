"""A class regraded from its ledger: what was answered is judged anew, and only the rest is run."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath
from typing import TypeAlias

import msgspec

from grader.batch.kept import Archive
from grader.batch.ledger import Ledger, Line, Result, line_of
from grader.batch.moves import Move, move_of
from grader.batch.office import Workplace, evidence_of, result_of, unnamed_of, write_files
from grader.batch.pool import cores, done_by
from grader.batch.tables import LEDGER
from grader.errors import GraderError
from grader.grade import Grader
from grader.model import Graded, Record
from grader.report.clean import clean
from grader.report.view import Page, page
from grader.sandbox.evidence import Evidence, packed, place_of
from grader.sandbox.memory import Memory


class Review(Record, frozen=True):
    """What a regrade found of an attempt; `ungraded` says why it has no points.

    `ran` cases were run and `known` ones judged anew; `tried` more were run to explain. It `stays`
    as it was where it would go down and nobody may; `elsewhere`: what is kept was not answered in
    this place, so that all was run.
    """

    student: str
    number: int
    ungraded: str = ""
    sha256: str = ""
    move: Move | None = None
    ran: int = 0
    known: int = 0
    tried: int = 0
    stays: bool = False
    elsewhere: bool = False


_Answer: TypeAlias = tuple[Review, Result | None, bytes]  # with what it rests on, if that is new


class Regrade:
    """Finds what the attempts of a ledger would have; it keeps answers and publishes nothing."""

    def __init__(self, workplace: Workplace, out: Path, ledger: Ledger, *, keep_best: bool) -> None:
        self.workplace = workplace
        self.out = out
        self.ledger = ledger
        self.keep_best = keep_best
        self.attempts = ledger.attempts()

    def reviews(self) -> Iterator[Review]:
        """Yield what is found of each attempt, as it is had."""
        for task, answer in done_by(self.bench, len(self.attempts), cores()):
            if answer is None:
                lost = "the worker that graded it was lost: regrade once more"
                yield Review(*self.attempts[task], ungraded=lost)
                continue
            review, result, evidence = msgspec.msgpack.decode(answer, type=_Answer)
            self.record(review, result, evidence or None)
            yield review

    @contextmanager
    def bench(self) -> Iterator[Callable[[int], bytes]]:
        """Make ready, in a worker, to regrade attempts by their number."""
        self.ledger.leave()
        with closing(Archive(self.out / LEDGER)) as archive, self.workplace() as grade_one:
            yield lambda task: self.reviewed(*self.attempts[task], archive, grade_one)

    def reviewed(self, student: str, number: int, archive: Archive, grade_one: Grader) -> bytes:
        """Return a review, a result, and what they rest on, if that is new."""
        line = line_of(archive.database, student, number)
        evidence = archive.evidence(student, number)
        review, result, new = Review(student, number, ungraded=_why_nothing(line)), None, b""
        try:
            if evidence is not None and line.result is not None:
                review, result, new = self._review(line, evidence, grade_one)
        except GraderError as error:
            told = clean(f"{error.message}; {error.hint}", 500)
            review = Review(student, number, ungraded=told)
        except Exception:
            logging.getLogger("grader").exception("regrading %s failed", student)
            review = Review(student, number, ungraded="a bug in the grader: see the log")
        return msgspec.msgpack.encode((review, result, new))

    def _review(
        self, line: Line, evidence: Evidence, grade_one: Grader
    ) -> tuple[Review, Result | None, bytes]:
        here = evidence.place == place_of(grade_one.circumstances)
        memory = Memory(evidence.answers if here else None)
        graded = grade_one(evidence.submission, memory)
        shown, name = page(graded), _stem(line)
        result = result_of(graded, shown, name, unnamed_of(graded, grade_one, memory))
        move = move_of(line.result, result)
        stays = self.keep_best and move is not None and move.is_down
        if not stays:
            self.publish(graded, shown, name)
        ran, in_all = memory.ran_now(grade_one.cases), memory.ran_now()
        review = Review(
            student=line.student,
            number=line.number,
            ungraded="" if result.points is not None else result.remark,
            sha256=evidence.submission.sha256,
            move=move,
            ran=ran,
            known=len(grade_one.cases) - ran,
            tried=in_all - ran,
            stays=stays,
            elsewhere=not here,
        )
        new = packed(evidence_of(evidence.submission, grade_one, memory)) if in_all else b""
        return review, line.result if stays else result, new

    def publish(self, graded: Graded, shown: Page, name: str) -> None:
        """Write nothing: what was found is told alone."""

    def record(self, review: Review, result: Result | None, evidence: bytes | None) -> None:  # noqa: ARG002
        """Keep what was answered now, so that nobody has to run it again."""
        if evidence is not None:
            self.ledger.keep(review, review.sha256, evidence)


class Publication(Regrade):
    """Gives the attempts of a ledger what they have now: reports, scorecards, results."""

    def __init__(
        self, workplace: Workplace, out: Path, ledger: Ledger, follows: str, *, keep_best: bool
    ) -> None:
        super().__init__(workplace, out, ledger, keep_best=keep_best)
        self.follows = follows

    def publish(self, graded: Graded, shown: Page, name: str) -> None:
        """Write an attempt's files, in a worker."""
        write_files(self.out, graded, shown, name)

    def record(self, review: Review, result: Result | None, evidence: bytes | None) -> None:
        """Record the result; what stays as it was is finished, too."""
        if result is not None:
            self.ledger.record(review, review.sha256, self.follows, result, evidence)


def _why_nothing(line: Line) -> str:
    if line.result is None:
        return "not graded yet: run the batch once more"
    if line.points is None:
        return line.result.remark
    return "nothing is kept of it: grade it by `grader batch` once more"


def _stem(line: Line) -> str:
    """Return what an attempt's files are called."""
    report = line.result.report if line.result is not None else None
    return PurePosixPath(report or "").stem
