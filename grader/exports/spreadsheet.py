"""All that is known of each student's mark, as CSV for a spreadsheet or a script. Pure.

What would be a formula has an apostrophe before it, and what has one already has one more: so a
text is read back as it was by taking one off, wherever a formula stands behind apostrophes.
"""

from collections.abc import Callable, Sequence

from grader.exports.marked import Marked, Row, Sheet, identifier, number, table
from grader.exports.table import inert


def spreadsheet(marks: Sequence[Marked]) -> Sheet:
    """Return a row for each student, with a column for each id and exercise that anyone has."""
    ids = sorted({name for mark in marks for name in mark.ids})
    exercises = list(dict.fromkeys(name for mark in marks for name in mark.exercises))
    header = (
        "student", "name", *(f"id {name}" for name in ids), "attempt", "late", "days late",
        "raw", "final", "max", *(f"raw {name}" for name in exercises), "set by hand", "remark",
    )  # fmt: skip
    return Sheet(text=table([header, *(_row(mark, ids, exercises) for mark in marks)]))


def _row(mark: Marked, ids: Sequence[str], exercises: Sequence[str]) -> Row:
    return (
        _cell(mark.student, identifier),
        _cell(mark.name),
        *(_cell(mark.ids.get(name, ""), identifier) for name in ids),
        str(mark.attempt),
        "yes" if mark.late else "",
        str(mark.days_late),
        number(mark.raw),
        number(mark.final),
        number(mark.max_points),
        *(number(mark.exercises.get(name)) for name in exercises),
        "yes" if mark.adjusted else "",
        _cell(mark.remark),
    )


def _cell(text: str, made_safe: Callable[[str], str] = inert) -> str:
    behind = text.lstrip("'")
    return f"'{text}" if behind != text and inert(behind) != behind else made_safe(text)
