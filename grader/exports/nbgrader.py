"""Marks with the columns of `nbgrader export`. Pure.

Format: nbgrader, "Exporting grades from nbgrader" (CsvExportPlugin), but quoted as CSV is.
"""

from collections.abc import Sequence

from grader.exports.marked import Marked, Row, Sheet, identifier, number, table
from grader.exports.table import inert

_HEADER = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
)


def gradebook(marks: Sequence[Marked], assignment: str, due: str = "") -> Sheet:
    """Return a CSV with a row per student: raw score, what policy took off, and the score.

    What could not be graded is blank, where nbgrader would write 0.
    """
    return Sheet(text=table([_HEADER, *(_row(mark, assignment, due) for mark in marks)]))


def _row(mark: Marked, assignment: str, due: str) -> Row:
    penalty = None if mark.raw is None or mark.final is None else mark.raw - mark.final
    return (
        inert(assignment),
        inert(due),
        "",
        identifier(mark.student),
        inert(mark.name) if mark.name != mark.student else "",
        "",
        "",
        number(mark.raw),
        number(penalty),
        number(mark.final),
        number(mark.max_points),
    )
