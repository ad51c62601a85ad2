"""Marks for Blackboard: a file for "Work offline: upload". Pure.

Format: Blackboard, "Work offline with grade data": a header, students by username, columns by id.
"""

import html
import re
from collections.abc import Sequence
from typing import Literal

from grader.errors import UsageError
from grader.exports.marked import (
    Grid,
    Marked,
    Row,
    Sheet,
    column,
    comment,
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

_USERNAME = "Username"
_FEEDBACK, _FORMAT = "Feedback to Learner", "Feedback Format"
_OUT_OF = re.compile(r"\[[^\[\]:]+:[^\[\]\d]*(?P<points>\d[\d.,]*)[^\[\]]*\] ?(?:\|\d+)?$")


def grades(
    marks: Sequence[Marked],
    title: str,
    template: str | None = None,
    delimiter: Literal[",", "\t"] = ",",
) -> Sheet:
    r"""Return a table that Blackboard uploads.

    `title` is the column's whole one, "Homework 1 [Total Pts: 10 Score] |4711": without the id that
    Blackboard gave it, it makes a new column of text. `template` is a downloaded file; that column
    of it (its whole title, its name or its id) is filled in. Tabs are for a file called .xls.
    """
    if template is not None:
        return _filled(marks, title, read_grid(template, "the downloaded grades"))
    header = (_USERNAME, inert(title), _FEEDBACK, _FORMAT)
    known, others = split(
        marks, lambda mark: None if _username(mark) else "no Blackboard username is known"
    )
    rows = (
        (identifier(_username(mark)), number(mark.final), _comment(mark), "HTML") for mark in known
    )
    return Sheet(text=table([header, *rows], delimiter, quoted=True), left_out=others)


def _username(mark: Marked) -> str:
    return username(mark, "blackboard_user")


def _comment(mark: Marked) -> str:
    """Return the remark as HTML on one line."""
    return inert("<br>".join(html.escape(comment(mark), quote=False).splitlines()))


def _filled(marks: Sequence[Marked], title: str, grid: Grid) -> Sheet:
    if _USERNAME not in grid.header:
        raise UsageError("the downloaded grades have no usernames", "download them again")
    at = column(
        grid,
        title,
        lambda one: one == title,
        lambda one: title in (one.partition(" [")[0], one.rpartition("|")[2]),
    )
    match = _OUT_OF.search(grid.header[at])
    out_of = decimal(match["points"]) if match else None
    feedback = [grid.header.index(one) for one in (_FEEDBACK, _FORMAT) if one in grid.header]
    by_user = unique((_username(mark), mark) for mark in marks)
    user_at = grid.header.index(_USERNAME)

    def cells(_: Row, mark: Marked) -> dict[int, str]:
        found = {at: number(scaled(mark.final, mark.max_points, out_of))}
        if comment(mark) and len(feedback) > 1:
            found |= dict(zip(feedback, (_comment(mark), "HTML"), strict=True))
        return found

    rows, missing = fill(grid, marks, lambda row: by_user.get(row[user_at]), cells)
    return Sheet(text=write_grid(grid, rows), left_out=missing, notes=scaling(marks, out_of))
