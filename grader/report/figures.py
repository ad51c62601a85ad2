"""Where an array that is too large to read differs: a map of it, the worst of it, in words. Pure.

A map is drawn as a few paths, one for each shade: small in bytes, and without a style of its own.
What differs has a sign in it, so that nothing rests on colour alone.
"""

import math
import sys
from collections.abc import Iterator, Sequence

import numpy as np

from grader.model import Array, Record
from grader.wording import UNSAID, Language, Phrase, say, say_many

_MOST_CELLS = 32  # a side; above it, a square stands for several elements
_MOST_WORST = 5
_FEW = 2  # rows or columns that say nothing by themselves
_LEAST = 9  # elements that are more than is seen at a glance
_MOST_NAMED = 3  # rows or columns that are told by their numbers
_UNIT = 8  # of a cell, in the numbers that a path is written in
_SHADES = 3  # on either side, each for a tenth of the next
_LARGEST = sys.float_info.max_10_exp
_SPECIAL = 9  # the level of what is not finite where it should be, or the other way round


class Mark(Record, frozen=True):
    """All squares of one shade: its class, the paths of the squares and of the signs in them.

    `sample` is one such sign, for the legend, and `words` what it stands for.
    """

    kind: str
    squares: str
    signs: str
    sample: str
    words: str


class HeatMap(Record, frozen=True):
    """A map of where an array differs, as an image of so many squares."""

    width: int
    height: int
    title: str
    told: str
    marks: tuple[Mark, ...]
    unit: int = _UNIT


class Worst(Record, frozen=True):
    """An element that is far off: where, what is expected, what came, and how far."""

    at: str
    expected: str
    actual: str
    off: str


@np.errstate(all="ignore")  # a student's numbers may be anything
def heat_map(expected: Array, actual: Array, wrong: Array, told: Language) -> HeatMap:
    """Return a map of two arrays of two dimensions; `wrong` tells where they differ."""
    error = _error(expected, actual)
    rows, columns = expected.shape
    tall, broad = -(-rows // _MOST_CELLS), -(-columns // _MOST_CELLS)
    top = _exponent(error[wrong])
    levels = _pooled(_levels(error, wrong, top), tall, broad)
    height, width = levels.shape
    said = [*_axes(rows, columns), *_squares(tall, broad)]
    return HeatMap(
        width=width,
        height=height,
        title=told.tell(_counted(wrong)),
        told=" ".join(told.tell(one) for one in said),
        marks=tuple(_marks(levels, top, told)),
    )


def _axes(rows: int, columns: int) -> Iterator[Phrase]:
    if rows > 1:
        yield say("Rows run downwards, from 0 to {last}.", last=rows - 1)
    if columns > 1:
        yield say("Columns run to the right, from 0 to {last}.", last=columns - 1)


def _squares(tall: int, broad: int) -> Iterator[Phrase]:
    if tall * broad > 1:
        yield say(
            "A square stands for {rows} by {columns} elements, and shows the worst of them.",
            rows=tall,
            columns=broad,
        )


def _counted(wrong: Array) -> Phrase:
    return say(
        "Where it differs: {count} of {size} elements", count=int(wrong.sum()), size=wrong.size
    )


@np.errstate(all="ignore")
def _error(expected: Array, actual: Array) -> Array:
    error: Array = actual.astype(np.float64) - expected.astype(np.float64)
    return error


def _exponent(errors: Array) -> int:
    """Return the power of ten below the largest finite error."""
    size = np.abs(errors[np.isfinite(errors)])
    largest = float(size.max(initial=0.0))
    return math.floor(math.log10(largest)) if largest > 0 else 0


def _levels(error: Array, wrong: Array, top: int) -> Array:
    """Return the shade of each element: 0 where it is right, below 0 where it is too low."""
    size = np.where(np.isfinite(error) & (error != 0), np.abs(error), 1.0)
    steps = np.floor(np.log10(size)).astype(int) - top + _SHADES
    shade = np.clip(steps, 1, _SHADES) * np.where(error < 0, -1, 1)
    shade = np.where(np.isfinite(error), shade, _SPECIAL)
    levels: Array = np.where(wrong, shade, 0)
    return levels


def _pooled(levels: Array, tall: int, broad: int) -> Array:
    """Return a level for each block of so many rows and columns: that of its worst element."""
    rows, columns = levels.shape
    more = (-rows % tall, -columns % broad)
    filled = np.pad(levels, ((0, more[0]), (0, more[1])))
    height, width = filled.shape[0] // tall, filled.shape[1] // broad
    apart = filled.reshape(height, tall, width, broad).swapaxes(1, 2)
    blocks = apart.reshape(height, width, tall * broad)
    at = np.abs(blocks).argmax(axis=2)[..., None]
    pooled: Array = np.take_along_axis(blocks, at, axis=2)[..., 0]
    return pooled


def _marks(levels: Array, top: int, told: Language) -> Iterator[Mark]:
    """Yield the shades that there are, what is too low first, each with what it stands for."""
    for level in sorted({int(one) for one in np.unique(levels)} - {0}):
        side = "special" if level == _SPECIAL else "low" if level < 0 else "high"
        kind = side if level == _SPECIAL else f"{side}-{abs(level)}"
        places = np.argwhere(levels == level).tolist()
        yield Mark(
            kind=kind,
            squares="".join(_runs(places)),
            sample=_SIGNS[side].format(x=0, y=0),
            signs="".join(_SIGNS[side].format(x=_UNIT * x, y=_UNIT * y) for y, x in places),
            words=told.tell(_meaning(level, top)),
        )


# A minus, a plus, and a cross: from the corner of a square.
_SIGNS = {
    "low": "M{x} {y}m2 4h4",
    "high": "M{x} {y}m2 4h4m-2-2v4",
    "special": "M{x} {y}m2 2l4 4m0-4l-4 4",
}


def _runs(places: Sequence[Sequence[int]]) -> Iterator[str]:
    """Yield a path for each run of neighbours in a row; `places` are in order."""
    start, length = (-1, -1), 0
    for row, column in [*places, (-1, -1)]:
        if (row, column) == (start[0], start[1] + length):
            length += 1
            continue
        if length:
            wide = _UNIT * length
            yield f"M{_UNIT * start[1]} {_UNIT * start[0]}h{wide}v{_UNIT}h-{wide}z"
        start, length = (row, column), 1


def _meaning(level: int, top: int) -> Phrase:
    """Say what a shade stands for."""
    if level == _SPECIAL:
        return say("one of the two is not a finite number")
    power = top + abs(level) - _SHADES
    least, most = _ten_to_the(power), _ten_to_the(power + 1)
    if abs(level) == _SHADES:
        high = say("too high by {least} or more", least=least)
        return high if level > 0 else say("too low by {least} or more", least=least)
    if abs(level) == 1:
        high = say("too high by less than {most}", most=most)
        return high if level > 0 else say("too low by less than {most}", most=most)
    high = say("too high by {least} to {most}", least=least, most=most)
    return high if level > 0 else say("too low by {least} to {most}", least=least, most=most)


def _ten_to_the(power: int) -> str:
    """Return a power of ten as it is written, also where it is beyond any float."""
    return f"{10.0**power:g}" if abs(power) < _LARGEST else f"1e{power:+d}"


def worst(expected: Array, actual: Array, wrong: Array) -> tuple[Worst, ...]:
    """Return the few elements that are farthest off, what is not finite first."""
    error = _error(expected, actual)
    size = np.where(np.isfinite(error), np.abs(error), np.inf)[wrong]
    order = np.argsort(-size, kind="stable")[:_MOST_WORST]
    places = np.argwhere(wrong)[order].tolist()
    return tuple(
        Worst(
            at=str(place),
            expected=f"{expected[tuple(place)].item():.10g}",
            actual=f"{actual[tuple(place)].item():.10g}",
            off=_off(error[tuple(place)].item()),
        )
        for place in places
    )


def _off(error: float) -> str:
    return f"{error:+.3g}" if math.isfinite(error) else "–"  # noqa: RUF001 - a dash: no number


def pattern(wrong: Array) -> Phrase:
    """Say in which few rows or columns all that is wrong stands, or all that is right."""
    if wrong.ndim not in (1, 2) or wrong.size < _LEAST:
        return UNSAID
    found = (_along(wrong, axis) for axis in range(wrong.ndim) if wrong.shape[axis] > _FEW)
    return next((said for said in found if said), UNSAID)


def _along(wrong: Array, axis: int) -> Phrase:
    hit = wrong if wrong.ndim == 1 else wrong.any(axis=1 - axis)
    bad, good = np.flatnonzero(hit).tolist(), np.flatnonzero(~hit).tolist()
    few = min((bad, good), key=len)
    if not few or len(few) > _MOST_NAMED:
        return UNSAID
    count, which = len(few), ", ".join(map(str, few))
    if wrong.ndim == 1:
        said = (
            say_many(
                "Only element {which} is wrong.",
                "Only elements {which} are wrong.",
                count,
                which=which,
            ),
            say_many(
                "Only element {which} is right.",
                "Only elements {which} are right.",
                count,
                which=which,
            ),
        )
    elif axis == 0:
        said = (
            say_many(
                "Only row {which} is wrong.", "Only rows {which} are wrong.", count, which=which
            ),
            say_many(
                "Only row {which} is right.", "Only rows {which} are right.", count, which=which
            ),
        )
    else:
        said = (
            say_many(
                "Only column {which} is wrong.",
                "Only columns {which} are wrong.",
                count,
                which=which,
            ),
            say_many(
                "Only column {which} is right.",
                "Only columns {which} are right.",
                count,
                which=which,
            ),
        )
    return said[few is good]
