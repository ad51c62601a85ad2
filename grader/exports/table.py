"""A class as CSV, for spreadsheets. Pure."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from grader.model import Record, Scorecard

# A spreadsheet would run a cell that begins so; in some languages, by full-width signs, too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *"\uff1d\uff0b\uff0d\uff20")


class ClassRow(Record, frozen=True):
    """An attempt in `grades.csv`. `final` is what counts in the end, None where nothing does."""

    student: str
    submission: str
    card: Scorecard | None
    remark: str
    final: Fraction | None = None


def grades(assignment: str, exercises: Sequence[str], rows: Iterable[ClassRow]) -> Iterator[str]:
    """Yield the lines of `grades.csv`: student, submission, points and a column per exercise.

    What could not be graded has no points: an empty cell is not a 0.
    """
    total = [assignment, "max", "final"]
    yield _line(["student", "submission", *total, *exercises, "isolation", "remark"])
    for row in rows:
        points, most, tier, earned = "", "", "", {}
        if row.card is not None:
            points, most = _number(row.card.points), _number(row.card.max_points)
            earned = {exercise.id: _number(exercise.points) for exercise in row.card.exercises}
            tier = row.card.isolation.tier
        final = "" if row.final is None else _number(float(row.final))
        figures = [points, most, final, *(earned.get(one, "") for one in exercises), tier]
        yield _line([inert(row.student), inert(row.submission), *figures, inert(row.remark)])


def _line(cells: Sequence[str]) -> str:
    file = io.StringIO()
    csv.writer(file).writerow(cells)
    return file.getvalue()


def inert(text: str) -> str:
    """Return text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")
