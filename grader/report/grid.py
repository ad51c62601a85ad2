"""Small arrays as text: aligned columns, one array beside another as far as there is room. Pure."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from grader.report.brief import DIFFERS, Labels, flat
from grader.report.tables import Table

_MAX_ROWS = 8
_GAP = 2
_APART = 4


def grids(tables: Sequence[Table], room: int, labels: Labels) -> list[str]:
    """Return the lines of arrays side by side, and below one another where that is too wide."""
    lines: list[str] = []
    for blocks in _rows([_grid(table, room, labels) for table in tables], room):
        lines += _beside(blocks)
    return lines


def differs(tables: Sequence[Table]) -> bool:
    """Tell whether a cell is marked in one of them."""
    return any(cell.differs for table in tables for row in table.rows for cell in row)


def _rows(blocks: Sequence[list[str]], room: int) -> Iterator[list[list[str]]]:
    """Yield as many blocks at a time as stand side by side."""
    row: list[list[str]] = []
    used = 0
    for block in blocks:
        width = max(map(len, block)) + _APART
        if row and used + width - _APART > room:
            yield row
            row, used = [], 0
        row.append(block)
        used += width
    if row:
        yield row


def _beside(blocks: Sequence[list[str]]) -> Iterator[str]:
    widths = [max(map(len, block)) + _APART for block in blocks]
    for at in range(max(map(len, blocks))):
        parts = [block[at] if at < len(block) else "" for block in blocks]
        yield "".join(map(str.ljust, parts, widths)).rstrip()


def _grid(table: Table, room: int, labels: Labels) -> list[str]:
    """Return an array under its name and shape; what does not fit is cut, and that is said."""
    rows = [
        [(DIFFERS if cell.differs else "") + flat(cell.text) for cell in row]
        for row in table.rows[:_MAX_ROWS]
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    shown = _fitting(widths, room)
    is_cut = table.cut or len(rows) < len(table.rows) or shown < len(widths)
    more = " …" if is_cut and shown else ""
    lines = [
        " " * _GAP + (" " * _GAP).join(map(str.rjust, row[:shown], widths)) + more for row in rows
    ]
    told = wrap(f"{table.name}, {table.shape}", room)
    return [*told, *lines, *(wrap(labels.cut, room) if is_cut else ())]


def _fitting(widths: Sequence[int], room: int) -> int:
    """Return how many columns there is room for, and one at least."""
    count = 0
    left = room - _GAP  # for the sign that there are more
    for width in widths:
        left -= width + _GAP
        if left < 0:
            break
        count += 1
    return max(count, min(1, len(widths)))
