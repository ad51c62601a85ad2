"""Marks and reports for Moodle: an offline grading worksheet, and a feedback zip. Pure.

Formats: Moodle, "Offline grading worksheet" and "Upload multiple feedback files in a zip".
"""

import html
import re
from collections.abc import Iterator, Sequence

from grader.errors import UsageError
from grader.exports.marked import (
    Grid,
    Marked,
    Row,
    Sheet,
    comment,
    decimal,
    fill,
    letters,
    number,
    read_grid,
    scaled,
    scaling,
    split,
    table,
    unique,
    write_grid,
)
from grader.exports.table import inert

_HEADER = (
    "Identifier",
    "Full name",
    "Status",
    "Grade",
    "Maximum Grade",
    "Grade can be changed",
    "Last modified (grade)",
    "Feedback comments",
)
_GRADE = "grade"
_MAXIMUM = "maximum grade"
_NUMBERED = re.compile(r"\D*(?P<id>\d+)")
_NO_NAME = re.compile(r"[_/\\:*?\"<>|\x00-\x1f]+")


def worksheet(marks: Sequence[Marked], template: str | None = None) -> Sheet:
    """Return a grading worksheet that Moodle takes back.

    `template` is the worksheet downloaded from the assignment: give it, since Moodle reads the
    column titles in the teacher's own language, and numbers of a team are no participants'. Grades
    are written as it writes them, and to its maximum. Without a template it is in English.
    """
    if template is not None:
        return _filled(marks, read_grid(template, "the worksheet"))
    known, others = split(
        marks,
        lambda mark: (
            None if _participant(mark) else "no Moodle participant is known: give the worksheet"
        ),
    )
    return Sheet(text=table([_HEADER, *map(_row, known)]), left_out=others)


def feedback(marks: Sequence[Marked], template: str | None = None) -> Iterator[tuple[str, str]]:
    """Yield the names in a zip that Moodle takes as feedback files, and the reports.

    Moodle takes a folder apart at its underscores: name, participant, plugin, its name. With
    `template`, the downloaded worksheet, a team's report goes to each of its members.
    """
    owners = [(_participant(mark), mark) for mark in marks]
    if template is not None:
        grid = read_grid(template, "the worksheet")
        owner = _Owners(marks, _titles(grid))
        found = ((_number(row[0]), owner(row)) for row in grid.rows)
        owners = [(number, mark) for number, mark in found if mark is not None]
    for participant, mark in owners:
        if participant and mark.report is not None:
            name = " ".join(_NO_NAME.sub(" ", mark.name).split()).lstrip(".~") or "Participant"
            yield f"{name}_{participant}_assignfeedback_file/report.html", mark.report


def _participant(mark: Marked) -> str:
    found = mark.ids.get("moodle_participant", "")
    return found if found.isascii() and found.isdigit() else ""


def _number(identifier: str) -> str:
    match = _NUMBERED.fullmatch(identifier.strip())
    return match["id"] if match else ""


def _titles(grid: Grid) -> list[str]:
    return [title.strip().casefold() for title in grid.header]


def _comment(mark: Marked) -> str:
    """Return the remark as HTML, which the column holds."""
    return inert(html.escape(comment(mark), quote=False).replace("\n", "<br>"))


def _row(mark: Marked) -> Row:
    return (
        f"Participant {_participant(mark)}",
        inert(mark.name),
        "",
        number(mark.final),
        number(mark.max_points),
        "Yes",
        "-",
        _comment(mark),
    )


def _filled(marks: Sequence[Marked], grid: Grid) -> Sheet:
    titles = _titles(grid)
    grade, maximum = _grade_columns(grid, titles)
    comments = titles.index("feedback comments") if "feedback comments" in titles else None
    comma = maximum is not None and any("," in row[maximum] for row in grid.rows)
    maxima = [decimal(row[maximum]) for row in grid.rows] if maximum is not None else []

    def cells(row: Row, mark: Marked) -> dict[int, str]:
        out_of = None if maximum is None else decimal(row[maximum])
        points = number(scaled(mark.final, mark.max_points, out_of))
        found = {grade: points.replace(".", ",") if comma else points}
        if comments is not None and comment(mark):
            found[comments] = _comment(mark)
        return found

    rows, missing = fill(grid, marks, _Owners(marks, titles), cells)
    return Sheet(
        text=write_grid(grid, rows),
        left_out=missing,
        notes=scaling(marks, next((one for one in maxima if one is not None), None)),
    )


def _grade_columns(grid: Grid, titles: Sequence[str]) -> tuple[int, int | None]:
    """Return where the grade stands and what it is out of, whatever the language.

    The maximum is the last column with one number in all rows; the grade stands before it.
    """
    if _GRADE in titles:
        return titles.index(_GRADE), titles.index(_MAXIMUM) if _MAXIMUM in titles else None
    numbers = [
        at
        for at in range(2, len(titles))
        if len(found := {decimal(row[at]) for row in grid.rows}) == 1 and None not in found
    ]
    if not numbers:
        raise UsageError(
            "the worksheet's grade column is not found",
            "download the assignment's grading worksheet with Moodle set to English",
        )
    return numbers[-1] - 1, numbers[-1]


class _Owners:
    """Finds whose a row is: by number and name; a team's by its name.

    The number alone would not do: a team's may be that of a participant who is not in it.
    """

    def __init__(self, marks: Sequence[Marked], titles: Sequence[str]) -> None:
        self._by_id = unique((_participant(mark), mark) for mark in marks)
        self._by_group = unique((letters(mark.name), mark) for mark in marks)
        self._group = titles.index("group") if "group" in titles else None

    def __call__(self, row: Row) -> Marked | None:
        if self._group is not None and (found := self._by_group.get(letters(row[self._group]))):
            return found
        participant = _number(row[0])
        mark = self._by_id.get(participant)
        if mark is None:
            return None
        blind = letters(row[0]) in (letters(mark.name), letters(mark.name + participant))
        return mark if blind or letters(mark.name) in map(letters, row) else None
