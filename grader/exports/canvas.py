"""Marks and reports for Canvas: a gradebook CSV, and the files of a submissions upload. Pure.

Formats: Canvas, "Import grades in the Gradebook" and "Upload all submissions for an assignment".
"""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from grader.errors import UsageError
from grader.exports.marked import (
    Grid,
    Marked,
    Row,
    Sheet,
    column,
    decimal,
    fill,
    identifier,
    number,
    read_grid,
    scaled,
    scaling,
    split,
    table,
    unique,
    username,
    write_grid,
)
from grader.exports.table import inert

_HEADER = ("Student", "ID", "SIS Login ID", "Section")
_POINTS = "    Points Possible"
_LOGINS = ("SIS Login ID", "SIS User ID")
_TITLE = re.compile(r"(?P<title>.*) \((?P<id>\d+)\)", re.DOTALL)
# Canvas drops a column whose title has one of these in it, and says nothing.
_DROPPED = re.compile("(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)")


def gradebook(marks: Sequence[Marked], assignment: str, template: str | None = None) -> Sheet:
    """Return a CSV that Canvas imports.

    `assignment` is the column's title, "Homework 1 (4711)": the id binds it, and without one that
    is known Canvas offers a new assignment. `template` is the course's exported gradebook: its
    columns are kept, that of the assignment (title or id) is filled in and the others are not.
    Students are matched by Canvas's user id, else by login.
    """
    if _DROPPED.search(assignment):
        raise UsageError(
            f"Canvas ignores a column called {assignment!r}", "give the assignment another title"
        )
    if template is not None:
        return _filled(marks, assignment, read_grid(template, "the gradebook"))
    known, others = split(marks, _unknown)
    maxima = [number(mark.max_points) for mark in marks[:1]] or [""]
    rows = [(*_HEADER, inert(assignment)), (_POINTS, "", "", "", *maxima), *map(_row, known)]
    return Sheet(text=table(rows), left_out=others)


def feedback(marks: Sequence[Marked]) -> Iterator[tuple[str, str]]:
    """Yield the names in a zip that Canvas attaches to submissions as comments, and the reports.

    Canvas goes by the two numbers in a name, and shows the file under the submitted one's name.
    """
    for mark in marks:
        attachment = mark.ids.get("canvas_submission")
        if mark.report is None or not attachment:
            continue
        late = "LATE_" if mark.late else ""
        if "canvas_anonymous" in mark.ids:
            yield f"{late}anon_{mark.ids['canvas_anonymous']}_{attachment}_report.html", mark.report
        elif user := _user(mark):
            yield f"{_prefix(mark.name)}_{late}{user}_{attachment}_report.html", mark.report


def _prefix(name: str) -> str:
    """Return a name without what Canvas would take for an id: it reads the first two numbers."""
    letters = "".join(char for char in name.lower() if char.isalnum())
    return "student" if letters in ("", "anon") or letters.isdecimal() else letters


def _user(mark: Marked) -> str:
    user = mark.ids.get("canvas_user", "")
    return user if user.isascii() and user.isdigit() else ""


def _login(mark: Marked) -> str:
    return username(mark, "sis_login")


def _unknown(mark: Marked) -> str | None:
    if "canvas_anonymous" in mark.ids:
        return "anonymous: the gradebook has no such id"
    return None if _user(mark) or _login(mark) else "neither a user id nor a login is known"


def _row(mark: Marked) -> Row:
    return (inert(mark.name), _user(mark), identifier(_login(mark)), "", number(mark.final))


def _filled(marks: Sequence[Marked], assignment: str, grid: Grid) -> Sheet:
    if not (len(grid.header) > len(_HEADER) and "Student" in grid.header[0]):
        raise UsageError("this is no gradebook of Canvas", "export it from Grades, unchanged")
    at = column(
        grid,
        assignment,
        lambda title: title == assignment,
        lambda title: (
            (match := _TITLE.fullmatch(title)) is not None and assignment in match.groups()
        ),
    )
    out_of = _out_of(grid, at)
    by_user = unique((_user(mark), mark) for mark in marks)
    by_login = unique((_login(mark), mark) for mark in marks if not _user(mark))
    user_at = column(grid, "ID", lambda title: title == "ID")
    logins = [grid.header.index(title) for title in _LOGINS if title in grid.header]

    def owner(row: Row) -> Marked | None:
        if _POINTS.strip() in row[0]:
            return None
        found = [by_login[row[login]] for login in logins if row[login] in by_login]
        return by_user.get(row[user_at]) or next(iter(found), None)

    rows, missing = fill(
        grid,
        marks,
        owner,
        lambda _, mark: {at: number(scaled(mark.final, mark.max_points, out_of))},
    )
    return Sheet(text=write_grid(grid, rows), left_out=missing, notes=scaling(marks, out_of))


def _out_of(grid: Grid, at: int) -> Fraction | None:
    points = next((row for row in grid.rows if _POINTS.strip() in row[0]), None)
    return None if points is None else decimal(points[at])
