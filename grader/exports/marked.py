"""What an LMS is told of a student, and what the tables that LMSs read are made of. Pure."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import TypeAlias

from grader.errors import UsageError
from grader.exports.table import inert
from grader.model import Record

_EXACT_PLACES = 12
_PLACES = 4
_DELIMITERS = (",", ";", "\t")
# By what an LMS knows a student or a group: where there is one, `student` is no other's username.
_OF_AN_LMS = {
    "canvas_user", "canvas_anonymous", "moodle_participant", "blackboard_user", "brightspace_user",
    "group",
}  # fmt: skip
# What an id may have behind a sign and still be no formula: it calls, quotes and points at nothing.
_ID_SIGNS = frozenset("+-@")
_ID_MARKS = frozenset("._-@")

Row: TypeAlias = tuple[str, ...]


class Marked(Record, frozen=True):
    """A student's mark. `raw` and `final` (after policy) are None where it could not be graded.

    Then it stays blank in every export, never 0. `report` is relative to the batch's folder.
    `days_late` are those that policy counts; `exercises` are points as graded, by exercise. Of
    several attempts one `counts`. `adjusted`: `final` was set by hand.
    """

    student: str
    name: str
    ids: dict[str, str]
    raw: Fraction | None
    final: Fraction | None
    max_points: Fraction
    late: bool
    remark: str
    report: str | None
    attempt: int = 1
    days_late: int = 0
    exercises: dict[str, Fraction] = {}
    counts: bool = True
    adjusted: bool = False


class Sheet(Record, frozen=True):
    """A table for an LMS. `left_out` are students that it has no row for, each with the reason."""

    text: str
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Grid(Record, frozen=True):
    """A table as an LMS exported it: to be given back with the same columns and delimiter."""

    header: Row
    rows: tuple[Row, ...]
    delimiter: str
    newline: str
    mark: str


def number(value: Fraction | None) -> str:
    """Return points as a decimal number: exact where they are one, else to 4 places; None as ""."""
    if value is None:
        return ""
    exact = (p for p in range(_EXACT_PLACES + 1) if (value * 10**p).denominator == 1)
    places = next(exact, _PLACES)
    digits = f"{abs(round(value * 10**places)):0{places + 1}d}"
    whole, rest = (digits[:-places], digits[-places:].rstrip("0")) if places else (digits, "")
    sign = "-" if value < 0 and digits.strip("0") else ""
    return sign + whole + (f".{rest}" if rest else "")


def comment(mark: Marked) -> str:
    """Return the remark, and above it what came of the points, where it is not what they were."""
    if mark.final in (None, mark.raw):
        return mark.remark
    raw = "not graded" if mark.raw is None else f"{number(mark.raw)} as graded"
    days = f"{mark.days_late} day{'s' if mark.days_late > 1 else ''} late"
    why = "set by hand" if mark.adjusted else days if mark.days_late else "by the course's rules"
    told = f"{number(mark.final)} of {number(mark.max_points)} points ({raw}; {why})."
    return f"{told}\n{mark.remark}" if mark.remark else told


def scaled(
    value: Fraction | None, max_points: Fraction, out_of: Fraction | None
) -> Fraction | None:
    """Return points as the same share of what an LMS's column is out of; None: of the same."""
    if value is None or not out_of or not max_points:
        return value
    return value * out_of / max_points


def scaling(marks: Sequence[Marked], out_of: Fraction | None) -> tuple[str, ...]:
    """Return the note that points were scaled, where they are."""
    maxima = sorted({mark.max_points for mark in marks if mark.max_points != out_of})
    if not out_of or not maxima:
        return ()
    told = ", ".join(number(one) for one in maxima)
    return (f"the column is out of {number(out_of)}: points of {told} were scaled to it",)


def identifier(text: str) -> str:
    """Return an id as a cell that an LMS finds again, and that no spreadsheet runs.

    A sign in front (`-12`, `@jane`) is left: what follows is no formula. All else is `inert`.
    """
    harmless = all(char.isalnum() or char in _ID_MARKS for char in text[1:])
    return text if text[:1] in _ID_SIGNS and harmless else inert(text)


def table(
    rows: Iterable[Sequence[str]],
    delimiter: str = ",",
    newline: str = "\r\n",
    *,
    quoted: bool = False,
) -> str:
    """Return rows as CSV."""
    file = io.StringIO()
    writer = csv.writer(
        file,
        delimiter=delimiter,
        lineterminator=newline,
        quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL,
    )
    writer.writerows(rows)
    return file.getvalue()


def read_grid(text: str, what: str) -> Grid:
    """Read a table that an LMS exported; `what` it is, for the error."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix("\ufeff")
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise UsageError(f"{what} is no CSV: {error}", "export it again, unchanged") from error
    if not rows or not rows[0]:
        raise UsageError(f"{what} is empty", "export it again")
    width = len(rows[0])
    return Grid(
        header=tuple(rows[0]),
        rows=tuple((*row, *[""] * (width - len(row))) for row in rows[1:] if row),
        delimiter=delimiter,
        newline="\r\n" if head.endswith("\r") else "\n",
        mark=mark,
    )


def write_grid(grid: Grid, rows: Iterable[Row]) -> str:
    """Return a table as it was read, with other rows: what the LMS wrote is left as it is."""
    return grid.mark + table((grid.header, *rows), grid.delimiter, grid.newline)


def fill(
    grid: Grid,
    marks: Sequence[Marked],
    owner: Callable[[Row], Marked | None],
    cells: Callable[[Row, Marked], dict[int, str]],
) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """Return a table's rows with the cells of their owners, and the students that have no row."""
    rows: list[Row] = []
    placed: set[str] = set()
    for row in grid.rows:
        mark = owner(row)
        if mark is None:
            rows.append(row)
            continue
        placed.add(mark.student)
        new = cells(row, mark)
        rows.append(tuple(new.get(at, cell) for at, cell in enumerate(row)))
    missing = (mark for mark in marks if mark.student not in placed)
    return tuple(rows), tuple(left_out(mark, "the table has no row of theirs") for mark in missing)


def username(mark: Marked, key: str) -> str:
    """Return a username: as told, else the student's own id; "" where another LMS gave that."""
    return mark.ids.get(key, "" if mark.ids.keys() & _OF_AN_LMS else mark.student)


def split(
    marks: Iterable[Marked], unknown: Callable[[Marked], str | None]
) -> tuple[list[Marked], tuple[str, ...]]:
    """Return the marks that a table can have, and who is left out, for the reason given."""
    known: list[Marked] = []
    others: list[str] = []
    for mark in marks:
        reason = unknown(mark)
        if reason is None:
            known.append(mark)
        else:
            others.append(left_out(mark, reason))
    return known, tuple(others)


def unique(pairs: Iterable[tuple[str, Marked]]) -> dict[str, Marked]:
    """Return marks by key, of keys that are one student's alone."""
    found: dict[str, Marked | None] = {}
    for key, mark in pairs:
        found[key] = None if key in found else mark
    return {key: mark for key, mark in found.items() if key and mark is not None}


def left_out(mark: Marked, reason: str) -> str:
    """Return who is left out, and why."""
    who = mark.student if mark.name in ("", mark.student) else f"{mark.name} ({mark.student})"
    return f"{who}: {reason}"


def letters(name: str) -> str:
    """Return a name as it compares: its letters and digits, whatever the case."""
    return "".join(char for char in name.casefold() if char.isalnum())


def decimal(text: str) -> Fraction | None:
    """Return a number that an LMS wrote, with a point or a comma; None where it is none."""
    try:
        return Fraction(text.strip().replace(",", "."))
    except (ValueError, ZeroDivisionError):
        return None


def column(grid: Grid, what: str, *fits: Callable[[str], bool]) -> int:
    """Return which column is meant: the only one that fits, by the first rule that one fits."""
    for rule in fits:
        found = [at for at, title in enumerate(grid.header) if rule(title)]
        if len(found) == 1:
            return found[0]
    raise UsageError(
        f"no one column of the table is {what!r}; it has {', '.join(grid.header)}",
        "give the column's title as it stands there",
    )
