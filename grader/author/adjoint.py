"""Checks a reference's derivatives without taking its word: by differences of its own forward.

Two tests, in float64, away from kinks. The adjoint test, for a random direction v of an input x:
<upstream, f(x + hv) - f(x - hv)> / 2h = <v, derivative>. And central differences, one number of the
input after the other, which say where it is wrong. See Nocedal and Wright, Numerical Optimization,
section 8.1, for the step: the cube root of the machine's precision.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np

from grader.arrays import as_array
from grader.model import Array, Case, Derivative, Ending, Limits, Outcome, Record, Submission
from grader.sandbox import session
from grader.sandbox.keeper import Keeper

STEP = float(np.cbrt(np.finfo(np.float64).eps))
AGREES = 1e-6  # of the largest derivative
_KINK = 1e-3
_DIRECTIONS = 3


class Disagreement(Record, frozen=True):
    """A derivative that the reference gets wrong, on one case, and how that was seen."""

    output: str
    case: str
    told: str


class _Point(Record, frozen=True, eq=False):
    """An input moved along a direction, to both sides."""

    case: Case
    before: Case
    after: Case
    direction: Array


def check_derivatives(
    derivative: Derivative,
    cases: Sequence[Case],
    reference: Submission,
    keeper: Keeper,
    limits: Limits,
) -> Iterator[Disagreement]:
    """Yield what the reference gets wrong of one derivative, at most once for each output.

    Its program is run on the inputs of all cases that are given what it needs.
    """
    own = [_of(derivative, case) for case in cases if {*derivative.given} <= {*case.given}]
    if not own:
        needed = ", ".join(derivative.given)
        for name in derivative.outputs:
            yield Disagreement(name, "none", f"no draw gives {needed}: it cannot be tried")
    for name, variable in derivative.outputs.items():
        for case in own:
            exact = _exact(case, variable)
            points = list(_points(exact, variable))
            asked = [exact, *(c for point in points for c in (point.before, point.after))]
            ran = session.run(keeper, reference, asked, limits)
            told = _disagrees(derivative, name, points, ran.outcomes)
            if told is not None:
                yield Disagreement(output=name, case=case.id, told=told)
                break


def _of(derivative: Derivative, case: Case) -> Case:
    given = {name: case.given[name] for name in derivative.given}
    return msgspec.structs.replace(case, program=derivative.program, given=given)


def _exact(case: Case, variable: str) -> Case:
    """Return a case of double precision throughout; `variable` so, too, where it is whole numbers.

    Whole numbers beside it stay: they may be labels or indices, and nothing moves them.
    """
    given = {
        name: value.astype(np.float64)
        if isinstance(value, np.ndarray) and (name == variable or value.dtype.kind == "f")
        else value
        for name, value in case.given.items()
    }
    return msgspec.structs.replace(case, given=given)


def _points(case: Case, variable: str) -> Iterator[_Point]:
    """Yield the input moved in random directions, then in each number alone."""
    value = as_array(case.given[variable])
    rng = np.random.default_rng(value.size)
    directions = [rng.normal(size=value.shape) for _ in range(_DIRECTIONS)]
    units = np.eye(value.size).reshape(value.size, *value.shape)
    for direction in (*directions, *units):
        before, after = (
            msgspec.structs.replace(
                case, given=case.given | {variable: value + side * STEP * direction}
            )
            for side in (-1, 1)
        )
        yield _Point(case=case, before=before, after=after, direction=direction)


def _disagrees(
    derivative: Derivative, name: str, points: Sequence[_Point], outcomes: Sequence[Outcome]
) -> str | None:
    """Return how a derivative differs from the differences; None where it agrees with them."""
    first, *moved = outcomes
    stopped = next((one for one in outcomes if one.ending is not Ending.ANSWERED), None)
    if stopped is not None:
        return f"the reference gives nothing there: {stopped.why_not}"
    told = first.outputs[name].array
    if told is None or told.shape != points[0].direction.shape:
        shape = None if told is None else told.shape
        return f"its shape is {shape}, that of what it belongs to {points[0].direction.shape}"
    here = _value(derivative, points[0].case.given, first)
    scale = max(1.0, float(np.max(np.abs(told), initial=0.0)))
    for index, point in enumerate(points):
        low, high = (
            _value(derivative, points[0].case.given, one)
            for one in moved[2 * index : 2 * index + 2]
        )
        if abs(high - 2 * here + low) / STEP > _KINK * scale:
            continue  # a kink lies between: there is no derivative there
        found = (high - low) / (2 * STEP)
        claimed = float(np.sum(told * point.direction))
        if not abs(found - claimed) <= AGREES * scale * max(1.0, np.sqrt(told.size)):
            what = "the adjoint test" if index < _DIRECTIONS else "central differences"
            return f"{what} gives {found:.8g}, the reference {claimed:.8g}"
    return None


def _value(derivative: Derivative, given: Mapping[str, object], outcome: Outcome) -> float:
    """Return the number that is differentiated: the output, weighted by the upstream values."""
    output = outcome.outputs[derivative.of].array
    if output is None:
        return float("nan")
    weights = 1.0 if derivative.upstream is None else given[derivative.upstream]
    return float(np.sum(output * np.asarray(weights)))
