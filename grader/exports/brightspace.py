"""Marks for Brightspace: a grades CSV. Pure.

Format: Brightspace, "Importing grades"; an exported file has # before ids, and at each line's end.
"""

import re
from collections import Counter
from collections.abc import Sequence

from grader.errors import UsageError
from grader.exports.marked import (
    Grid,
    Marked,
    Row,
    Sheet,
    column,
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
    username,
    write_grid,
)
from grader.exports.table import inert

_END = "End-of-Line Indicator"
_KEYS = ("OrgDefinedId", "Username")
_OUT_OF = re.compile(r"<Numeric MaxPoints:(?P<points>[\d.,]+)")


def grades(marks: Sequence[Marked], item: str, template: str | None = None) -> Sheet:
    """Return a CSV that Brightspace imports: a grade item's points by username.

    A download of submissions tells no usernames: there `template`, the course's exported grades
    with usernames and names, is needed; students are found in it by id, else by a name that one
    student alone has.
    """
    if template is not None:
        return _filled(marks, item, read_grid(template, "the exported grades"))
    known, others = split(
        marks,
        lambda mark: (
            None if _username(mark) else "no username is known: give the course's exported grades"
        ),
    )
    header = ("Username", inert(f"{item} Points Grade"), _END)
    # The # is Brightspace's own way to keep an id an id in a spreadsheet.
    rows = [(f"#{_username(mark)}", number(mark.final), "#") for mark in known]
    return Sheet(text=table([header, *rows]), left_out=others)


def _username(mark: Marked) -> str:
    return username(mark, "username")


def _filled(marks: Sequence[Marked], item: str, grid: Grid) -> Sheet:
    at = column(
        grid,
        f"{item} Points Grade",
        lambda title: title == item,
        lambda title: title.partition(" <")[0] == f"{item} Points Grade",
    )
    keys = [grid.header.index(title) for title in _KEYS if title in grid.header]
    if not keys:
        raise UsageError(
            "the exported grades have neither usernames nor ids", "export them with both"
        )
    match = _OUT_OF.search(grid.header[at])
    out_of = decimal(match["points"]) if match else None
    rows, missing = fill(
        grid,
        marks,
        _Owners(marks, grid, keys),
        lambda _, mark: {at: number(scaled(mark.final, mark.max_points, out_of))},
    )
    return Sheet(text=write_grid(grid, rows), left_out=missing, notes=scaling(marks, out_of))


class _Owners:
    """Finds whose a row is: by an id, else by a name that is there once on either side."""

    def __init__(self, marks: Sequence[Marked], grid: Grid, keys: Sequence[int]) -> None:
        self._keys = keys
        self._by_id = unique((_username(mark), mark) for mark in marks)
        self._by_name = unique((letters(mark.name), mark) for mark in marks if not _username(mark))
        self._names = [
            grid.header.index(title)
            for title in ("First Name", "Last Name")
            if title in grid.header
        ]
        names = Counter(self._name(row) for row in grid.rows)
        self._once = {name for name, times in names.items() if name and times == 1}

    def __call__(self, row: Row) -> Marked | None:
        for key in self._keys:
            if found := self._by_id.get(row[key].removeprefix("#")):
                return found
        name = self._name(row)
        return self._by_name.get(name) if name in self._once else None

    def _name(self, row: Row) -> str:
        return letters("".join(row[at] for at in self._names))
