"""What an output must be: present, an array, of the right shape, with the right values. Pure.

In that order, and the first difference is the one that is told. No broadcasting; NaN and infinity
count by position; values decide among the real kinds (2.0 equals 2, True equals 1).
"""

import re
from functools import lru_cache
from typing import Any

import numpy as np

from grader.model import Array, Record, Tolerance, Value
from grader.wording import Phrase, say, say_many, verbatim

_REAL = "biuf"
# Part of the tolerance that scales with the largest expected value: sums that cancel are right
# only relative to what went into them.
SCALED = 0.1
_REMEMBERED_BYTES = 512


class Difference(Record, frozen=True):
    """The first way in which a value is not what was expected."""

    kind: str
    text: Phrase


def compare(
    actual: Value, expected: Array, tolerance: Tolerance, *, coarse: bool = False
) -> Difference | None:
    """Return the first difference between a value and what was expected, or None.

    `expected` is real. Its magnitude scales the tolerance, which follows the coarser of float32
    and float64: |actual - expected| <= t * |expected| + t/10 * max|expected|. `coarse` says that
    what the value was computed from was of single precision already.
    """
    array = actual.array
    if array is None:
        return Difference(kind="kind", text=_no_array(actual.kind))
    if actual.kind == "scalar" and expected.ndim > 0:
        return Difference(
            kind="kind",
            text=say(
                "a single number, where an array of shape {shape} is asked for",
                shape=str(expected.shape),
            ),
        )
    if array.dtype.kind not in _REAL:
        return Difference(
            kind="kind",
            text=say("{kind} numbers, where real ones are asked for", kind=array.dtype.name),
        )
    if array.shape != expected.shape:
        return Difference(kind="shape", text=_other_shape(array.shape, expected.shape))
    return _values(array, expected, tolerance, coarse=coarse)


def is_single(actual: Value, expected: Array) -> bool:
    """Tell whether a value is of single precision or less where double is expected."""
    array = actual.array
    return array is not None and _is_coarse(array) and not _is_coarse(expected)


def is_coarse(actual: Value, expected: Array) -> bool:
    """Tell whether a value is compared at single precision: where either side is no finer."""
    array = actual.array
    return _is_coarse(expected) or (array is not None and _is_coarse(array))


@np.errstate(all="ignore")  # signalling NaNs, numbers too large: told by the result
def within(actual: Array, expected: Array, tolerance: Tolerance, *, coarse: bool = False) -> Array:
    """Return, element by element, whether two real arrays of one shape agree."""
    return _within(actual, expected, tolerance, coarse=coarse)


def _within(actual: Array, expected: Array, tolerance: Tolerance, *, coarse: bool) -> Array:
    if actual.dtype.kind in "biu" and expected.dtype.kind in "biu":
        return np.asarray(actual == expected)
    coarse = coarse or _is_coarse(actual) or _is_coarse(expected)
    relative = tolerance.float32 if coarse else tolerance.float64
    yardstick = _remembered if expected.nbytes <= _REMEMBERED_BYTES else _yardstick
    wanted, finite, room = yardstick(expected.tobytes(), expected.dtype, expected.shape, relative)
    given = actual.astype(np.float64)
    near = np.abs(given - wanted) <= room
    if finite is None:
        return np.asarray(near)
    same = (given == wanted) | (np.isnan(given) & np.isnan(wanted))
    return np.asarray(np.where(finite, near, same))


def _yardstick(
    data: bytes, dtype: np.dtype[Any], shape: tuple[int, ...], relative: float
) -> tuple[Array, Array | None, Array]:
    """Return what is expected as doubles, where it is finite if not everywhere, and how near."""
    wanted = np.frombuffer(data, dtype).reshape(shape).astype(np.float64)
    size = np.abs(wanted)
    finite = size < np.inf
    scale = float(np.maximum.reduce(size[finite], axis=None, initial=0.0))
    return wanted, None if finite.all() else finite, relative * (size + SCALED * scale)


_remembered = lru_cache(maxsize=1 << 12)(_yardstick)  # the same is expected of a whole class


def _is_coarse(array: Array) -> bool:
    return array.dtype.kind == "f" and array.dtype.itemsize < np.dtype(np.float64).itemsize


def _values(
    array: Array, expected: Array, tolerance: Tolerance, *, coarse: bool
) -> Difference | None:
    # Most are right to the last bit, and this is the fastest way to see it.
    if array.dtype == expected.dtype and array.tobytes() == expected.tobytes():
        return None
    return _differing(array, expected, tolerance, coarse=coarse)


@np.errstate(all="ignore")
def _differing(
    array: Array, expected: Array, tolerance: Tolerance, *, coarse: bool
) -> Difference | None:
    agrees = _within(array, expected, tolerance, coarse=coarse)
    count = agrees.size - int(np.count_nonzero(agrees))
    if not count:
        return None
    place = tuple(map(int, np.unravel_index(agrees.argmin(), agrees.shape)))
    got, wanted = array[place], expected[place]
    text = _told(place, got, wanted, count, agrees.size)
    if not (np.isfinite(got) and np.isfinite(wanted)):
        return Difference(kind="special", text=text)
    if _within(array, expected, tolerance, coarse=True).all():
        text = say("{difference}: right to a few digits only", difference=text)
        return Difference(kind="precision", text=text)
    return Difference(kind="values", text=text)


def _number(value: Array) -> str:
    return f"{value:.10g}" if value.dtype.kind == "f" else str(value)


def _told(place: tuple[int, ...], got: Array, wanted: Array, count: int, size: int) -> Phrase:
    numbers = {"got": _number(got), "wanted": _number(wanted)}
    if not place:
        return say("it is {got}, expected {wanted}", **numbers)
    at = str(list(place))
    if size == 1:
        return say("at {at} it is {got}, expected {wanted}", **numbers, at=at)
    return say(
        "{count} of {size} values differ; at {at} it is {got}, expected {wanted}",
        **numbers,
        at=at,
        count=count,
        size=size,
    )


def _other_shape(shape: tuple[int, ...], wanted: tuple[int, ...]) -> Phrase:
    if not wanted:
        return say("its shape is {shape}; a single number is asked for", shape=str(shape))
    return say("its shape is {shape}; {wanted} is asked for", shape=str(shape), wanted=str(wanted))


def _no_array(kind: str) -> Phrase:
    """Say of what is no array what it is: a short description, such as "list of 3"."""
    if kind == "None":
        return say("None, where an array is asked for")
    if several := re.fullmatch(r"(\d{1,9}) values for (\d{1,9})", kind):
        count, wanted = several.groups()
        return say_many(
            "{count} value is given back, where {wanted} are asked for",
            "{count} values are given back, where {wanted} are asked for",
            int(count),
            wanted=wanted,
        )
    of = re.fullmatch(r"(\w+) of (\d+)", kind)
    told = say("{kind} of {count}", kind=of[1], count=int(of[2])) if of else verbatim(kind)
    if kind[:1] in "aeiou":
        return say("an {kind}, where an array is asked for", kind=told)
    return say("a {kind}, where an array is asked for", kind=told)
