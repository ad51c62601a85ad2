"""What is written of a class as a whole: its table and its page."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import msgspec

from grader.batch.ledger import Ledger, Line, Result
from grader.batch.marks import settled
from grader.exports.marked import Marked
from grader.exports.table import ClassRow, grades
from grader.files import write_parts
from grader.model import Scorecard
from grader.report.clean import clean
from grader.report.cohort import IndexRow, index


def write_class(out: Path, ledger: Ledger) -> tuple[int, list[str]]:
    """Write the table and the page of the class; return its size, and who is not graded and why.

    The ledger is gone through several times, and never held: a class may be large.
    """
    terms, adjustments = ledger.terms(), ledger.adjustments()

    def done() -> Iterator[tuple[Marked, Result]]:
        return _done(settled(ledger.lines(), terms, adjustments))

    rows = (_row(*one) for one in done())
    write_parts(out / "grades.csv", grades(terms.slug, terms.exercises, rows))
    write_parts(out / "index.html", index(terms.title, lambda: (_entry(*one) for one in done())))
    ungraded = [
        f"{clean(mark.student, 200)}: {clean(mark.remark, 500)}"
        for mark, found in done()
        if found.points is None and not mark.adjusted
    ]
    return len(ledger.attempts()), ungraded


def _done(pairs: Iterable[tuple[Line, Marked]]) -> Iterator[tuple[Marked, Result]]:
    return ((mark, line.result) for line, mark in pairs if line.result is not None)


def _row(mark: Marked, found: Result) -> ClassRow:
    card = None
    if found.points is not None and found.scorecard is not None:
        card = msgspec.json.decode(found.scorecard, type=Scorecard)
    return ClassRow(
        student=clean(mark.student, 200),
        submission=found.submission,
        card=card,
        final=mark.final if mark.counts else None,
        remark=mark.remark,
    )


def _entry(mark: Marked, found: Result) -> IndexRow:
    moved = mark.counts and mark.final is not None and mark.final != mark.raw
    return IndexRow(
        student=clean(mark.student, 200),
        name=found.submission,
        points=None if mark.raw is None else float(mark.raw),
        max_points=float(Fraction(found.max_points)),
        remark=clean(mark.remark, 500),
        link=found.report,
        final=float(mark.final) if moved and mark.final is not None else None,
    )
