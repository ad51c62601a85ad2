"""What an output must be: present, an array, of the right shape, with the right values. Pure.

In that order, and the first difference is the one that is told. No broadcasting; NaN and infinity
count by position; values decide among the real kinds (2.0 equals 2, True equals 1).
"""

import numpy as np

from grader.model import Array, Record, Tolerance, Value

_REAL = "biuf"
# Part of the tolerance that scales with the largest expected value: sums that cancel are right
# only relative to what went into them.
SCALED = 0.1


class Difference(Record, frozen=True):
    """The first way in which a value is not what was expected."""

    kind: str
    text: str


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
        return Difference(kind="kind", text=f"{_article(actual.kind)}, where an array is asked for")
    if actual.kind == "scalar" and expected.ndim > 0:
        return Difference(
            kind="kind",
            text=f"a single number, where an array of shape {expected.shape} is asked for",
        )
    if array.dtype.kind not in _REAL:
        return Difference(
            kind="kind", text=f"{array.dtype.name} numbers, where real ones are asked for"
        )
    if array.shape != expected.shape:
        return Difference(
            kind="shape", text=f"its shape is {array.shape}; {expected.shape} is asked for"
        )
    return _values(array, expected, tolerance, coarse=coarse)


def is_single(actual: Value, expected: Array) -> bool:
    """Tell whether a value is of single precision or less where double is expected."""
    array = actual.array
    return array is not None and _is_coarse(array) and not _is_coarse(expected)


@np.errstate(all="ignore")  # signalling NaNs, numbers too large: told by the result
def within(actual: Array, expected: Array, tolerance: Tolerance, *, coarse: bool = False) -> Array:
    """Return, element by element, whether two real arrays of one shape agree."""
    return _within(actual, expected, tolerance, coarse=coarse)


def _within(actual: Array, expected: Array, tolerance: Tolerance, *, coarse: bool) -> Array:
    if actual.dtype.kind in "biu" and expected.dtype.kind in "biu":
        return np.asarray(actual == expected)
    given, wanted = actual.astype(np.float64), expected.astype(np.float64)
    size = np.abs(wanted)
    finite = size < np.inf
    scale = float(np.maximum.reduce(size[finite], axis=None, initial=0.0))
    coarse = coarse or _is_coarse(actual) or _is_coarse(expected)
    relative = tolerance.float32 if coarse else tolerance.float64
    near = np.abs(given - wanted) <= relative * (size + SCALED * scale)
    if finite.all():
        return np.asarray(near)
    same = (given == wanted) | (np.isnan(given) & np.isnan(wanted))
    return np.asarray(np.where(finite, near, same))


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
    if agrees.all():
        return None
    wrong = np.argwhere(~agrees)
    place = tuple(int(i) for i in wrong[0])
    got, wanted = array[place], expected[place]
    at = f"at {list(place)} it is" if place else "it is"
    count = f"{len(wrong)} of {agrees.size} values differ; " if agrees.size > 1 else ""
    text = f"{count}{at} {_number(got)}, expected {_number(wanted)}"
    if not (np.isfinite(got) and np.isfinite(wanted)):
        return Difference(kind="special", text=text)
    if _within(array, expected, tolerance, coarse=True).all():
        return Difference(kind="precision", text=f"{text}: right to a few digits only")
    return Difference(kind="values", text=text)


def _number(value: Array) -> str:
    return f"{value:.10g}" if value.dtype.kind == "f" else str(value)


def _article(kind: str) -> str:
    return kind if kind == "None" else f"an {kind}" if kind[:1] in "aeiou" else f"a {kind}"
