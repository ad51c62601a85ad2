"""Where the marks of the author's figures stand: the template draws them. Pure.

Two kinds: a grid, whose headings lean so that they can be read above narrow columns, and a scale.
Marks of one kind make one path: a grid may have thousands. A point of it is a line of no length,
which a round cap makes a dot.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from grader.model import FAR, Margin, Record

PITCH = 16
_LEAN = 60  # degrees
_LETTER = 7.3  # the width of a letter of a heading, with some to spare
_LONGEST = 36  # letters of a label; all of it is in the table
_ENDS = 64  # the width of what is said after a row
_BAND = 26
_LEAST_BAND = 80  # a narrower one has a rule and no name
# A printed figure is made smaller, as its class says, until a sheet of A4 has room for it and for
# what stands above it (CSS pixels).
_ZOOMS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
_SHEET = (640, 800)


class Column(Record, frozen=True):
    """A column of a grid. Those of one `band` stand together; an `idle` one is pointed out."""

    label: str
    band: str = ""
    idle: bool = False


class Row(Record, frozen=True):
    """A row of a grid: what is in its cells, by column, and what is said at its end.

    A cell is "" (nothing), "hit" (a dot, with a number where that is above 1) or "miss". A row
    without cells is a heading, and may run over the cells of its line. `alarm` is how much its end
    calls for attention: "", "wait" or "fail".
    """

    label: str
    cells: tuple[tuple[str, int], ...] = ()
    end: str = ""
    alarm: str = ""
    inset: bool = False
    kind: str = ""


class Text(Record, frozen=True):
    """A text at a place, of a kind that the style sheet knows."""

    x: float
    y: float
    text: str
    kind: str = ""


class Caption(Record, frozen=True):
    """What a figure shows, in words; `id` is that of the figure on its page."""

    id: str
    title: str
    desc: str


class Grid(Record, frozen=True):
    """A drawn grid; `names` stand in a picture of their own, that stays while marks are scrolled.

    `dots`, `crosses` and `blanks` are paths.
    """

    caption: Caption
    size: int
    names_width: int
    width: int
    height: int
    lean: int
    heads: tuple[Text, ...]
    names: tuple[Text, ...]
    numbers: tuple[Text, ...]
    ends: tuple[Text, ...]
    bands: tuple[Text, ...]
    dots: str
    crosses: str
    blanks: str
    rules: str


def grid(caption: Caption, columns: Sequence[Column], rows: Sequence[Row], room: int = 0) -> Grid:
    """Return a grid as it is drawn, with room for names of so many letters at least."""
    longest = max((len(short(column.label)) for column in columns), default=0) * _LETTER
    top = math.ceil(longest * math.sin(math.radians(_LEAN))) + PITCH
    bottom = top + len(rows) * PITCH
    names_width = _names_width(rows, room)
    side = max(longest * math.cos(math.radians(_LEAN)) + 8, _ENDS * any(row.end for row in rows))
    width = math.ceil(len(columns) * PITCH + side)
    spans = list(_spans(columns))
    height = bottom + (_BAND if spans else 4)
    return Grid(
        caption=caption,
        size=_size(names_width + width, height),
        names_width=names_width,
        width=width,
        height=height,
        lean=-_LEAN,
        heads=tuple(
            Text(_x(i) + 4, top - 6, short(column.label), "idle" if column.idle else "")
            for i, column in enumerate(columns)
        ),
        names=tuple(
            Text(PITCH * row.inset, _y(top, i), short(row.label), row.kind)
            for i, row in enumerate(rows)
        ),
        numbers=tuple(
            Text(x, y, str(count))
            for x, y, kind, count in _cells(rows, top)
            if kind == "hit" and count > 1
        ),
        ends=tuple(
            Text(len(columns) * PITCH + 6, _y(top, i), row.end, row.alarm)
            for i, row in enumerate(rows)
            if row.end
        ),
        bands=tuple(
            Text(start * PITCH + 2, bottom + 17, short(band, int(count * PITCH / _LETTER)))
            for band, start, count in spans
            if count * PITCH > _LEAST_BAND
        ),
        dots=_path(rows, top, "hit", "h0"),
        crosses=_path(rows, top, "miss", "m-5-5l10 10m0-10l-10 10"),
        blanks=_path(rows, top, "", "h0"),
        rules="".join(
            f"M{start * PITCH + 1} {bottom + 3}h{count * PITCH - 2}" for _, start, count in spans
        ),
    )


def _names_width(rows: Sequence[Row], room: int) -> int:
    beside = (row for row in rows if row.cells)
    widest = max((PITCH * row.inset + len(short(row.label)) * _LETTER for row in beside), default=0)
    return math.ceil(max(widest, min(room, _LONGEST) * _LETTER)) + 8


def _size(width: int, height: int) -> int:
    fits = (width * zoom <= _SHEET[0] and height * zoom <= _SHEET[1] for zoom in _ZOOMS)
    return next((size for size, one in enumerate(fits) if one), len(_ZOOMS) - 1)


def short(text: str, most: int = _LONGEST) -> str:
    """Return a label that fits."""
    return text if len(text) <= most else text[: max(most - 1, 0)] + "…"


def _x(column: int) -> float:
    return column * PITCH + PITCH / 2


def _y(top: int, row: int) -> float:
    return top + row * PITCH + PITCH / 2


def _cells(rows: Sequence[Row], top: int) -> Iterator[tuple[float, float, str, int]]:
    for index, row in enumerate(rows):
        for column, (kind, count) in enumerate(row.cells):
            yield _x(column), _y(top, index), kind, count


def _path(rows: Sequence[Row], top: int, wanted: str, mark: str) -> str:
    marks = (f"M{x:g} {y:g}{mark}" for x, y, kind, _ in _cells(rows, top) if kind == wanted)
    return "".join(marks)


def _spans(columns: Sequence[Column]) -> Iterator[tuple[str, int, int]]:
    """Yield the columns of one band: its name, the first one, how many."""
    start = 0
    for band, group in groupby(columns, key=lambda column: column.band):
        count = len(list(group))
        if band:
            yield band, start, count
        start += count


# --- a scale --------------------------------------------------------------------------------------

_LEAST, _MOST = -17, 17  # decades; what lies beyond is drawn at the end
_TICKS = 6
_MARGIN = 3  # percent, left free on both sides


class Mark(Record, frozen=True):
    """A number on the scale, as it is told; its text runs from it to the side with more room."""

    at: float
    told: str
    anchor: str


class Bar(Record, frozen=True):
    """A tolerance: where the worst right answer and the nearest wrong one stand from it."""

    precision: str
    right: Mark
    wrong: Mark


class Scale(Record, frozen=True):
    """A scale of multiples of a tolerance; places are percentages of its width.

    From `low` to `high` nothing may stand.
    """

    ticks: tuple[tuple[float, str], ...]
    one: float
    low: float
    high: float
    bars: tuple[Bar, ...]


def scale(margins: Sequence[Margin]) -> Scale:
    """Return the margins on a scale by powers of ten, long enough for all of them."""
    numbers = [number for one in margins for number in (one.worst, one.nearest)]
    decades = [math.log10(number) for number in numbers if 0 < number < math.inf]
    first = max(min([math.floor(decade) for decade in decades] + [-2]), _LEAST)
    last = min(max([math.ceil(decade) for decade in decades] + [2]), _MOST)

    def at(decade: float) -> float:
        inside = (min(max(decade, first), last) - first) / (last - first)
        return round(_MARGIN + inside * (100 - 2 * _MARGIN), 2)

    def mark(number: float) -> Mark:
        decade = math.log10(number) if 0 < number < math.inf else math.copysign(99, number - 1)
        place = at(decade)
        return Mark(at=place, told=multiple(number), anchor="end" if place > 50 else "start")  # noqa: PLR2004 - the middle

    step = math.ceil((last - first) / _TICKS)
    return Scale(
        ticks=tuple(
            (at(decade), _power(decade)) for decade in range(first, last + 1) if decade % step == 0
        ),
        one=at(0),
        low=at(-math.log10(FAR)),
        high=at(math.log10(FAR)),
        bars=tuple(
            Bar(
                precision=f"{one.precision}, {one.tolerance:g}",
                right=mark(one.worst),
                wrong=mark(one.nearest),
            )
            for one in margins
        ),
    )


def multiple(number: float) -> str:
    """Return a multiple of a tolerance as it is told: three digits, a power of ten where needed."""
    if number in {0, math.inf}:
        return "0" if number == 0 else "no number"
    decade = math.floor(math.log10(number))
    if -3 <= decade <= 4:  # noqa: PLR2004 - readable without
        return f"{number:.3g}" if decade < 3 else f"{number:.0f}"  # noqa: PLR2004
    return f"{number / 10**decade:.2g} × {_power(decade)}"  # noqa: RUF001 - as it is written


def _power(decade: int) -> str:
    if decade in {0, 1}:
        return str(10**decade)
    return "10" + str(decade).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
