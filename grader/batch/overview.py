"""What is written of a class as a whole: its table and its page."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import msgspec

from grader.batch.ledger import Line, Result
from grader.exports.table import grades
from grader.files import write_parts
from grader.model import Assignment, Scorecard
from grader.report.clean import clean
from grader.report.html import IndexRow, index


def write_class(
    assignment: Assignment, out: Path, lines: Callable[[], Iterable[Line]]
) -> tuple[int, list[str]]:
    """Write the table and the page of the class; return its size, and who is not graded and why.

    `lines` are gone through several times, and never held: a class may be large.
    """
    titles = [exercise.id for exercise in assignment.exercises]
    rows = (_row(line, found) for line, found in _done(lines()))
    write_parts(out / "grades.csv", grades(assignment.slug, titles, rows))
    page = index(assignment.title, lambda: (_entry(*one) for one in _done(lines())))
    write_parts(out / "index.html", page)
    ungraded = [
        f"{clean(line.student, 200)}: {clean(found.remark, 500)}"
        for line, found in _done(lines())
        if found.points is None
    ]
    return sum(1 for _ in lines()), ungraded


def _done(lines: Iterable[Line]) -> Iterator[tuple[Line, Result]]:
    return ((line, line.result) for line in lines if line.result is not None)


def _row(line: Line, found: Result) -> tuple[str, str, Scorecard | None, str]:
    card = None
    if found.points is not None and found.scorecard is not None:
        card = msgspec.json.decode(found.scorecard, type=Scorecard)
    return clean(line.student, 200), found.submission, card, found.remark


def _entry(line: Line, found: Result) -> IndexRow:
    return IndexRow(
        student=clean(line.student, 200),
        name=found.submission,
        points=None if line.points is None else float(line.points),
        max_points=float(Fraction(found.max_points)),
        remark=clean(found.remark, 500),
        link=found.report,
    )
