"""A class as CSV, for spreadsheets. Pure."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from grader.model import Scorecard

# A spreadsheet would run a cell that begins so.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def grades(
    assignment: str,
    exercises: Sequence[str],
    rows: Iterable[tuple[str, str, Scorecard | None, str]],
) -> Iterator[str]:
    """Yield the lines of `grades.csv`: student, submission, points and a column per exercise.

    Rows are (student, submission, scorecard or None, remark). What could not be graded has no
    points: an empty cell is not a 0.
    """
    yield _line(["student", "submission", assignment, "max", *exercises, "isolation", "remark"])
    for student, name, card, remark in rows:
        figures = ["", "", *("" for _ in exercises), ""]
        if card is not None:
            earned = {exercise.id: _number(exercise.points) for exercise in card.exercises}
            points = [earned.get(exercise, "") for exercise in exercises]
            total = [_number(card.points), _number(card.max_points)]
            figures = [*total, *points, card.isolation.tier]
        yield _line([inert(student), inert(name), *figures, inert(remark)])


def _line(cells: Sequence[str]) -> str:
    file = io.StringIO()
    csv.writer(file).writerow(cells)
    return file.getvalue()


def inert(text: str) -> str:
    """Return text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")
