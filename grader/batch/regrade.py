"""A class regraded from its ledger: what was answered is judged anew, and only the rest is run."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath

import msgspec

from grader.batch.kept import Archive, Evidence, packed, place_of
from grader.batch.ledger import LEDGER, Ledger, Line, Result
from grader.batch.moves import move_of
from grader.batch.office import Workplace, evidence_of, result_of, write_files
from grader.batch.pool import cores, done_by
from grader.errors import GraderError
from grader.grade import Grader
from grader.model import Graded, Record
from grader.report.clean import clean
from grader.sandbox.memory import Memory


class Review(Record, frozen=True):
    """What a regrade found of an attempt. `result` is None where it could not be looked at.

    `ran` cases were run and `known` ones judged anew; `tried` more were run to explain. It `stays`
    as it was where the best result is kept; `elsewhere`: what is kept was not answered in this
    place, so that all was run.
    """

    sha256: str = ""
    result: Result | None = None
    reason: str = ""
    ran: int = 0
    known: int = 0
    tried: int = 0
    stays: bool = False
    elsewhere: bool = False


class Regrade:
    """Finds what the attempts of a ledger would have; it keeps answers and publishes nothing."""

    def __init__(self, workplace: Workplace, out: Path, ledger: Ledger, *, keep_best: bool) -> None:
        self.workplace = workplace
        self.out = out
        self.ledger = ledger
        self.keep_best = keep_best
        self.lines = tuple(ledger.lines())

    def reviews(self) -> Iterator[tuple[Line, Review]]:
        """Yield each attempt with what is found of it, as it is had."""
        for task, answer in done_by(self.bench, len(self.lines), cores()):
            line = self.lines[task]
            if answer is None:
                yield line, Review(reason="the worker that graded it was lost: regrade once more")
                continue
            told, _, evidence = answer.partition(b"\n")
            review = msgspec.json.decode(told, type=Review)
            self.record(line, review, evidence or None)
            yield line, review

    @contextmanager
    def bench(self) -> Iterator[Callable[[int], bytes]]:
        """Make ready, in a worker, to regrade attempts by their number."""
        self.ledger.leave()
        with closing(Archive(self.out / LEDGER)) as archive, self.workplace() as grade_one:
            yield lambda task: self.reviewed(self.lines[task], archive, grade_one)

    def reviewed(self, line: Line, archive: Archive, grade_one: Grader) -> bytes:
        """Return the review in a line, then what it rests on, if that is more than was kept."""
        evidence = archive.evidence(line.student, line.number)
        if evidence is None:
            return msgspec.json.encode(Review(reason=_why_nothing(line))) + b"\n"
        try:
            review, now = self._review(line, evidence, grade_one)
        except GraderError as error:
            review, now = Review(reason=clean(f"{error.message}; {error.hint}", 500)), evidence
        except Exception:
            logging.getLogger("grader").exception("regrading %s failed", line.student)
            review, now = Review(reason="a bug in the grader: see the log"), evidence
        more = b"" if now is evidence else packed(now)
        return msgspec.json.encode(review) + b"\n" + more

    def _review(self, line: Line, evidence: Evidence, grade_one: Grader) -> tuple[Review, Evidence]:
        here = evidence.place == place_of(grade_one.circumstances)
        memory = Memory(evidence.answers if here else None)
        submission, cases = evidence.submission, grade_one.cases
        graded = grade_one(submission, memory)
        found = result_of(graded, _stem(line))
        move = move_of(line.result, found)
        stays = self.keep_best and move is not None and move.is_down
        if not stays:
            self.publish(graded, line)
        ran = memory.ran_now(cases)
        review = Review(
            sha256=submission.sha256,
            result=found,
            ran=ran,
            known=len(cases) - ran,
            tried=memory.ran_now() - ran,
            stays=stays,
            elsewhere=not here,
        )
        more = memory.ran_now() > 0
        return review, evidence_of(submission, grade_one, memory) if more else evidence

    def publish(self, graded: Graded, line: Line) -> None:
        """Write nothing: what was found is told alone."""

    def record(self, line: Line, review: Review, evidence: bytes | None) -> None:
        """Keep what was answered now, so that nobody has to run it again."""
        if evidence is not None:
            self.ledger.keep(line, review.sha256, evidence)


class Publication(Regrade):
    """Gives the attempts of a ledger what they have now: reports, scorecards, results."""

    def __init__(
        self, workplace: Workplace, out: Path, ledger: Ledger, follows: str, *, keep_best: bool
    ) -> None:
        super().__init__(workplace, out, ledger, keep_best=keep_best)
        self.follows = follows

    def publish(self, graded: Graded, line: Line) -> None:
        """Write an attempt's files, in a worker."""
        write_files(self.out, graded, _stem(line))

    def record(self, line: Line, review: Review, evidence: bytes | None) -> None:
        """Record the result; what stays as it was is finished, too."""
        result = line.result if review.stays else review.result
        if result is not None:
            self.ledger.record(line, review.sha256, self.follows, result, evidence)


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
