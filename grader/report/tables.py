"""Arrays as small tables of text: what was given, what is expected, what came. Pure."""

from collections.abc import Iterator
from functools import lru_cache

import msgspec
import numpy as np

from grader.arrays import as_array
from grader.judge.compare import within
from grader.model import Array, Case, Record, Value
from grader.report.clean import clean
from grader.report.figures import HeatMap, Worst, heat_map, pattern, worst
from grader.wording import Language, Phrase, say

MOST = 12  # rows, and columns, that are read at a glance; of more there is a picture
_WIDE = 24  # characters in a row from which a table may have to be moved sideways


class Cell(Record, frozen=True):
    """One number of a table, and whether it is one that differs.

    `wanted` is what should have come in place of one that differs.
    """

    text: str
    differs: bool
    wanted: bool = False


class Table(Record, frozen=True, eq=False):
    """A small array as rows; `shape` in words, `cut` where there is more than is shown.

    Those of a case are the same objects on all pages, and are told apart as objects.

    `index` and `columns` are headings, empty where there is but one row or column. `shape_differs`:
    it is not the shape that is asked for. `is_wide`: it may not fit on a narrow page.
    """

    name: str
    shape: str
    rows: tuple[tuple[Cell, ...], ...]
    cut: bool
    index: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    is_number: bool = False
    is_wide: bool = False
    shape_differs: bool = False


class Sides(Record, frozen=True):
    """What is expected beside what came; of what is too large to read, a map and the worst."""

    expected: Table | None = None
    actual: Table | None = None
    pattern: str = ""
    heat: HeatMap | None = None
    worst: tuple[Worst, ...] = ()


def sides(name: str, value: Value | None, case: Case, told: Language) -> Sides:
    """Return what came of an output beside what a case expects of it."""
    array = None if value is None else value.array
    expected, own = case.expected.get(name), told.tell(say("yours"))
    left = None if expected is None else _expected(case, name, told)
    if array is None or expected is None or left is None:
        actual = None if array is None else table(own, array, told)
        return Sides(expected=left, actual=actual)
    actual = table(own, array, told)
    if array.shape != expected.shape or array.dtype.kind not in "biuf":
        off = array.shape != expected.shape
        return Sides(expected=left, actual=msgspec.structs.replace(actual, shape_differs=off))
    wrong = ~within(array, expected, case.tolerance)
    large = actual.cut
    rows = flat(expected), flat(array), flat(wrong)
    left, came = _pair(left, actual, *rows)
    return Sides(
        expected=left,
        actual=came,
        pattern=told.tell(pattern(wrong)),
        heat=heat_map(*rows, told) if large else None,
        worst=worst(expected, array, wrong) if large else (),
    )


@lru_cache(maxsize=1024)
def given(case: Case, told: Language) -> tuple[Table, ...]:
    """Return what a case is given, as tables."""
    return tuple(table(name, as_array(value), told) for name, value in case.given.items())


@lru_cache(maxsize=1024)
def _expected(case: Case, name: str, told: Language) -> Table:
    return table(told.tell(say("expected")), case.expected[name], told)


def table(name: str, array: Array, told: Language) -> Table:
    """Return an array as a table, of more than two dimensions as rows of its last."""
    rows = flat(array)
    texts = [[_text(value) for value in row] for row in rows[:MOST, :MOST].tolist()]
    height, width = rows.shape
    wide = max((sum(len(text) + 2 for text in row) for row in texts), default=0) > _WIDE
    return Table(
        name=clean(name, 80),
        shape=told.tell(_shape(array)),
        rows=tuple(tuple(Cell(text=text, differs=False) for text in row) for row in texts),
        cut=height > MOST or width > MOST,
        index=tuple(_index(array, len(texts))) if height > 1 else (),
        columns=tuple(str(column) for column in range(min(width, MOST))) if width > 1 else (),
        is_number=array.ndim == 0,
        is_wide=wide,
    )


def flat(array: Array) -> Array:
    """Return an array as rows: of more than two dimensions, of its last."""
    if array.ndim == 0 or not array.size:
        return array.reshape(-1, 1)
    return array.reshape(-1, array.shape[-1])


def _index(array: Array, count: int) -> Iterator[str]:
    """Yield what leads to each row: of more than two dimensions, all indices but the last."""
    if array.ndim <= 2:  # noqa: PLR2004 - a matrix
        yield from map(str, range(count))
        return
    for row in range(count):
        yield ", ".join(str(one) for one in np.unravel_index(row, array.shape[:-1]))


def _shape(array: Array) -> Phrase:
    return say("a number") if array.ndim == 0 else say("shape {shape}", shape=str(array.shape))


def _text(value: object) -> str:
    return f"{value + 0.0:.6g}" if isinstance(value, float) else clean(str(value), 40)


def _pair(
    expected: Table, actual: Table, right: Array, came: Array, wrong: Array
) -> tuple[Table, Table]:
    """Return both with what differs marked; no two that differ are written alike."""
    left, own = [list(row) for row in expected.rows], [list(row) for row in actual.rows]
    for row, column in np.argwhere(wrong[:MOST, :MOST]).tolist():
        texts = left[row][column].text, own[row][column].text
        if texts[0] == texts[1]:
            texts = str(right[row, column].item()), str(came[row, column].item())
        left[row][column] = Cell(text=texts[0], differs=False, wanted=True)
        own[row][column] = Cell(text=texts[1], differs=True)
    return (
        msgspec.structs.replace(expected, rows=tuple(map(tuple, left))),
        msgspec.structs.replace(actual, rows=tuple(map(tuple, own))),
    )
