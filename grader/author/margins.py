"""How far a tolerance lies from what is right and from what is wrong. Pure."""

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from grader.judge.compare import SCALED, is_coarse
from grader.model import Array, Case, Margin, Outcome, Value

_ROUNDING, _ROUNDING_OF_SINGLE = 1e-12, 1e-5

Run = tuple[str, Sequence[Outcome]]


def margins(
    cases: Sequence[Case], right: Iterable[Run], wrong: Iterable[Run], outputs: frozenset[str]
) -> list[Margin]:
    """Return the margins of every tolerance in use, of the outputs that carry points.

    A wrong answer is as near as its farthest case: one case is enough to catch it.
    """
    right, wrong = list(right), list(wrong)
    found = []
    for tolerance in dict.fromkeys(case.tolerance for case in cases):
        own = [i for i, case in enumerate(cases) if case.tolerance == tolerance]
        far = [(name, list(_pairs(one, cases, out, own))) for name, out in right for one in outputs]
        near = [
            (f"{name}, {one}", list(_pairs(one, cases, out, own)))
            for name, out in wrong
            for one in outputs
        ]
        for single, limit in ((False, tolerance.float64), (True, tolerance.float32)):
            used = [
                (_farthest([p for p in pairs if _is_of(p, single=single)], limit), name)
                for name, pairs in far
            ]
            left = [
                (_farthest(off, limit), name)
                for name, pairs in near
                if (off := [pair for pair in pairs if _is_off(pair)])
            ]
            precision = "float32" if single else "float64"
            worst, nearest = max(used, default=(0.0, "")), min(left, default=(math.inf, ""))
            found.append(Margin(precision, limit, *worst, *nearest))
    return found


_Pair = tuple[Value | None, Array]


def _pairs(
    output: str, cases: Sequence[Case], outcomes: Sequence[Outcome], own: Sequence[int]
) -> Iterator[_Pair]:
    """Yield what came and what was expected of an output, in the cases that have it."""
    for i in own:
        if output in cases[i].expected:
            yield outcomes[i].outputs.get(output), cases[i].expected[output]


def _is_of(pair: _Pair, *, single: bool) -> bool:
    value, expected = pair
    return value is not None and is_coarse(value, expected) == single


def _is_off(pair: _Pair) -> bool:
    """Tell whether a value is off by more than rounding: a mistake need not show everywhere."""
    value, expected = pair
    coarse = value is not None and is_coarse(value, expected)
    return distance(value, expected, _ROUNDING_OF_SINGLE if coarse else _ROUNDING) > 1


def _farthest(pairs: Sequence[_Pair], limit: float) -> float:
    return max((distance(value, expected, limit) for value, expected in pairs), default=0.0)


def distance(value: Value | None, expected: Array, limit: float) -> float:
    """Return how far a value is from what is expected, as a multiple of what is tolerated."""
    array = None if value is None else value.array
    if array is None or array.shape != expected.shape or array.dtype.kind not in "biuf":
        return math.inf
    given, wanted = array.astype(np.float64), expected.astype(np.float64)
    finite = np.isfinite(wanted)
    if not np.array_equal(given[~finite], wanted[~finite], equal_nan=True):
        return math.inf
    given, wanted = given[finite], wanted[finite]
    with np.errstate(all="ignore"):
        off = np.abs(given - wanted)
        scale = float(np.max(np.abs(wanted), initial=0.0))
        allowed = limit * (np.abs(wanted) + SCALED * scale)
        ratio = np.where(off == 0, 0.0, off / allowed)
    return math.inf if np.isnan(ratio).any() else float(np.max(ratio, initial=0.0))
