"""How wrong numbers are related to the right ones: transposed, negated, scaled … Pure.

A relation is told only where it holds in every case that fails, and in two of them at least. It is
no mistake's name: it says what is seen, and leaves the cause to the reader.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from grader.judge.compare import within
from grader.model import Array, Record, Scalar, Tolerance
from grader.wording import UNSAID, Phrase, say

_ENOUGH = 2


class Pair(Record, frozen=True, eq=False):
    """What came and what was expected in one failing case, with what was given."""

    actual: Array
    expected: Array
    given: Mapping[str, Array | Scalar]
    tolerance: Tolerance

    def agrees(self, wanted: Array) -> bool:
        """Tell whether what came is, in shape and values, some other array."""
        if self.actual.shape != wanted.shape:
            return False
        return bool(within(self.actual, wanted, self.tolerance).all())


def relation(pairs: Sequence[Pair]) -> Phrase:
    """Return how what came is related to what was expected, as the end of a sentence."""
    if len(pairs) < _ENOUGH or any(pair.actual.dtype.kind not in "biuf" for pair in pairs):
        return UNSAID
    arrays = [array for pair in pairs for array in (pair.actual, pair.expected)]
    logical = any(array.dtype.kind == "b" for array in arrays)  # nothing is scaled or shifted then
    finders = [find for find in _RELATIONS if not (logical and find in _ARITHMETIC)]
    with np.errstate(all="ignore"):
        return next((told for find in finders if (told := find(pairs))), UNSAID)


def _all(pairs: Sequence[Pair], holds: Callable[[Pair], bool]) -> bool:
    return all(holds(pair) for pair in pairs)


def _zeros(pairs: Sequence[Pair]) -> Phrase:
    return say("is all zeros") if _all(pairs, lambda pair: not pair.actual.any()) else UNSAID


def _special(pairs: Sequence[Pair]) -> Phrase:
    if _all(pairs, lambda pair: _has_more(pair, np.isnan)):
        return say("has values that are not a number (nan)")
    if _all(pairs, lambda pair: _has_more(pair, np.isinf)):
        return say("has infinite values")
    return UNSAID


def _has_more(pair: Pair, kind: Callable[[Array], Array]) -> bool:
    """Tell whether what came has numbers of a kind where none are expected."""
    came, wanted = kind(pair.actual), kind(pair.expected)
    if came.shape != wanted.shape:
        return bool(came.any()) and not wanted.any()
    return bool((came & ~wanted).any())


def _given(pairs: Sequence[Pair]) -> Phrase:
    for name in pairs[0].given:
        if _all(pairs, lambda pair, name=name: pair.agrees(np.asarray(pair.given[name]))):  # type: ignore[misc]
            return say("is just what was given as `{name}`", name=name)
    return UNSAID


def _transposed(pairs: Sequence[Pair]) -> Phrase:
    flat = all(min(pair.expected.shape, default=0) <= 1 for pair in pairs)
    if flat or not _all(pairs, lambda pair: pair.agrees(pair.expected.T)):
        return UNSAID
    return say("has the right numbers, transposed")


def _shape(pairs: Sequence[Pair]) -> Phrase:
    def reshaped(pair: Pair) -> bool:
        same = pair.actual.size == pair.expected.size and pair.actual.shape != pair.expected.shape
        squeezed = pair.actual.squeeze().shape == pair.expected.squeeze().shape
        if not (same and squeezed):
            return False
        flat = pair.actual.reshape(pair.expected.shape)
        return bool(within(flat, pair.expected, pair.tolerance).all())

    if not _all(pairs, reshaped):
        return UNSAID
    first = pairs[0]
    return say(
        "has the right numbers in a wrong shape, as {shape} in place of {wanted}",
        shape=str(first.actual.shape),
        wanted=str(first.expected.shape),
    )


def _same_shape(pairs: Sequence[Pair]) -> bool:
    return _all(pairs, lambda pair: pair.actual.shape == pair.expected.shape)


def _negated(pairs: Sequence[Pair]) -> Phrase:
    right = _all(pairs, lambda p: p.agrees(np.negative(p.expected, dtype=np.float64)))
    return say("is right but for its sign") if right else UNSAID


def _scaled(pairs: Sequence[Pair]) -> Phrase:
    if not _same_shape(pairs):
        return UNSAID
    first = next((pair for pair in pairs if pair.expected.any()), None)
    if first is None:
        return UNSAID
    factor = factor_between(first.expected, first.actual)
    if factor and _all(pairs, lambda pair: pair.agrees(factor * pair.expected)):
        return say("is {factor} times what is asked for", factor=number(factor))
    return UNSAID


def _shifted(pairs: Sequence[Pair]) -> Phrase:
    if not _same_shape(pairs):
        return UNSAID
    gaps = np.subtract(pairs[0].actual, pairs[0].expected, dtype=np.float64)
    shift = next((float(gap) for gap in gaps.flat if np.isfinite(gap)), 0.0)
    if shift and _all(pairs, lambda pair: pair.agrees(pair.expected + shift)):
        return say("is off by {shift} everywhere", shift=number(shift))
    return UNSAID


def _permuted(pairs: Sequence[Pair]) -> Phrase:
    if _all(pairs, lambda pair: _is_permuted(pair, 0)):
        return say("has the right rows in another order")
    if _all(pairs, lambda pair: _is_permuted(pair, 1)):
        return say("has the right columns in another order")
    return UNSAID


def _is_permuted(pair: Pair, axis: int) -> bool:
    if pair.actual.shape != pair.expected.shape or pair.expected.ndim <= axis:
        return False
    actual, expected = (np.moveaxis(a, axis, 0) for a in (pair.actual, pair.expected))
    left = list(range(len(expected)))
    for row in actual:
        match = next((i for i in left if within(row, expected[i], pair.tolerance).all()), None)
        if match is None:
            return False
        left.remove(match)
    return True


def _one_off(pairs: Sequence[Pair]) -> Phrase:
    if not _same_shape(pairs):
        return UNSAID
    for axis in (0, 1):
        wrong = [_wrong_along(pair, axis) for pair in pairs]
        alike = {tuple(one) for one in wrong if one is not None}
        several = any(p.expected.ndim > axis and p.expected.shape[axis] > 1 for p in pairs)
        if None not in wrong and len(alike) == 1 and len(next(iter(alike))) == 1 and several:
            (which,) = next(iter(alike))
            if axis == 0:
                return say("is wrong in row {row} alone", row=which)
            return say("is wrong in column {column} alone", column=which)
    return UNSAID


def _wrong_along(pair: Pair, axis: int) -> list[int] | None:
    if pair.expected.ndim <= axis:
        return None
    bad = ~within(pair.actual, pair.expected, pair.tolerance)
    others = tuple(a for a in range(bad.ndim) if a != axis)
    return [int(i) for i in np.flatnonzero(bad.any(axis=others))]


def _digits(pairs: Sequence[Pair]) -> Phrase:
    if not _same_shape(pairs):
        return UNSAID
    for digits in range(6, 1, -1):
        loose = Tolerance(float64=10.0**-digits, float32=10.0**-digits)
        if _all(pairs, lambda p, t=loose: bool(within(p.actual, p.expected, t).all())):  # type: ignore[misc]
            return say("is right to {digits} digits only", digits=digits)
    return UNSAID


def factor_between(of: Array, to: Array) -> float:
    """Return the factor by which `to` is `of`, in the sense of least squares; 0 where of is 0.

    What is no finite number on either side says nothing of it.
    """
    basis, target = of.astype(np.float64).ravel(), to.astype(np.float64).ravel()
    finite = np.isfinite(basis) & np.isfinite(target)
    basis, target = basis[finite], target[finite]
    norm = float(basis @ basis)
    return float(basis @ target) / norm if norm else 0.0


def number(value: float) -> str:
    """Return a number as a person writes it: a fraction of one where it is one."""
    for divisor in itertools.chain(range(2, 13)):
        if abs(value * divisor - 1) < 1e-9 and divisor not in (2, 4, 5, 8, 10):  # noqa: PLR2004
            return f"1/{divisor}"
    return f"{value:.6g}"


_RELATIONS = (
    _special, _zeros, _given, _shape, _negated, _transposed, _scaled, _shifted, _permuted,
    _one_off, _digits,
)  # fmt: skip
_ARITHMETIC = (_negated, _scaled, _shifted)
