"""A wrong answer in a few numbers, so that a whole class's can be compared. Pure.

Of answers that agree within the tolerance the sketches are near each other; those of others are
apart. A sketch is made where a submission is graded; no answer has to be kept, or read, to compare.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import inf, isfinite, log, sqrt

import numpy as np

from grader.judge.compare import is_single
from grader.judge.verdict import answered
from grader.model import Array, Case, Outcome, Record, Scorecard, State

_SUMS = 4
_DEVIATIONS = 4.0  # of sums of errors of either sign, of which each is within the tolerance
_FINEST = 1e-12  # numbers in another order are apart by less
_PLACES = 12


class Sketch(Record, frozen=True):
    """A wrong answer to all cases: what it looks like, and weighted sums of its numbers.

    `form` is a digest of states and shapes; sums that are not further apart than `near` are the
    same.
    """

    form: str
    sums: tuple[float, float, float, float]
    near: float

    @property
    def is_finite(self) -> bool:
        """Tell whether all of it are numbers."""
        return all(isfinite(one) for one in (*self.sums, self.near))


def sketches(card: Scorecard, ran: Iterable[tuple[Case, Outcome]]) -> dict[str, Sketch]:
    """Return a sketch of each output that is wrong without a name for it."""
    states = {
        case.id: {output.name: output.state for output in case.outputs}
        for exercise in card.exercises
        for case in exercise.cases
    }
    wrong = {name for own in states.values() for name in own if own[name] is State.WRONG}
    unnamed = sorted(wrong - {one.output for one in card.diagnoses})
    if not unnamed or not card.is_complete:
        return {}
    known = list(ran)
    found = {}
    for name in unnamed:
        answers = [
            _Answer(name, case, outcome, states[case.id][name])
            for case, outcome in known
            if name in case.expected and name in states.get(case.id, {})
        ]
        if any(one.numbers is not None for one in answers):
            found[name] = _sketch(answers)
    return found


def agreeing(found: Sequence[Sketch]) -> list[list[int]]:
    """Return which sketches are of one answer, by their places: groups of two or more."""
    by_form: dict[str, list[int]] = {}
    for at, one in enumerate(found):
        by_form.setdefault(one.form, []).append(at)
    left = list(by_form.values())
    groups = []
    while left:
        members = left.pop()
        parts = _parted(members, found)
        if len(parts) > 1:  # what is near by one sum may be apart by another
            left += parts
        elif len(members) > 1:
            groups.append(sorted(members))
    return sorted(groups)


class _Answer:
    """What came of an output in a case; `numbers` are those of a wrong array."""

    def __init__(self, name: str, case: Case, outcome: Outcome, state: State) -> None:
        self.case = case
        self.seed = f"{case.id}\n{name}\n"
        self.expected = case.expected[name]
        value = answered(case, outcome, name) if state is State.WRONG else None
        array = None if value is None else value.array
        self.numbers = None if array is None else _reals(array)
        # What is right, waits or gave no array is as good as any other that does.
        self.form = (
            f"{state} {array.shape} {array.dtype.kind == 'c'}" if array is not None else state
        )
        tolerance = case.tolerance
        self.within = max(
            tolerance.float32 if _is_coarse(case, outcome) else tolerance.float64, _FINEST
        )

    def coordinates(self) -> Array:
        """Return the numbers as parts of the largest there is, and how large that is.

        As the tolerance, it scales with the reference's largest number; with their own, if that is
        larger.
        """
        numbers = np.zeros(0) if self.numbers is None else self.numbers
        scale = _largest(np.asarray(self.expected, np.float64)) or 1.0
        own = max(scale, _largest(numbers))
        parts = np.where(np.isfinite(numbers), numbers, 0.0) / own
        return np.append(parts, log(own) - log(scale))

    def special(self) -> bytes:
        """Return where which numbers are no finite ones."""
        if self.numbers is None or np.isfinite(self.numbers).all():
            return b""
        kinds = [np.isnan(self.numbers), self.numbers == inf, self.numbers == -inf]
        return np.packbits(np.stack(kinds)).tobytes()


@np.errstate(all="ignore")  # a student's numbers may be anything
def _sketch(answers: Sequence[_Answer]) -> Sketch:
    form = hashlib.blake2b(digest_size=8)
    sums, variance = np.zeros(_SUMS), 0.0
    for one in answers:
        told = one.special()
        form.update(
            f"{one.seed}{one.form}\n{len(told)}\n".encode("utf-8", "backslashreplace") + told
        )
        if one.numbers is not None:
            coordinates = one.coordinates()
            sums += _weights(one.seed, len(coordinates)) @ coordinates
            variance += one.within**2 * len(coordinates)
    first, second, third, fourth = (round(float(part), _PLACES) for part in sums)
    near = _DEVIATIONS * sqrt(variance)
    return Sketch(form=form.hexdigest(), sums=(first, second, third, fourth), near=near)


def _weights(seed: str, count: int) -> Array:
    """Return weights between -1 and 1, the same everywhere: a generator's may change."""
    drawn = hashlib.shake_256(seed.encode("utf-8", "backslashreplace")).digest(2 * _SUMS * count)
    return np.frombuffer(drawn, "<u2").reshape(_SUMS, count) / float(1 << 15) - 1.0


@np.errstate(all="ignore")
def _reals(array: Array) -> Array:
    """Return an array's numbers in a row; of complex ones, both parts."""
    flat = array.ravel()
    if array.dtype.kind == "c":
        flat = np.concatenate([flat.real, flat.imag])
    return flat.astype(np.float64)


def _largest(numbers: Array) -> float:
    finite = np.abs(numbers[np.isfinite(numbers)])
    return float(finite.max(initial=0.0))


def _is_coarse(case: Case, outcome: Outcome) -> bool:
    """Tell whether something came in single precision where double is asked for."""
    return any(
        is_single(value, case.expected[name])
        for name, value in outcome.outputs.items()
        if name in case.expected
    )


def _parted(members: Sequence[int], found: Sequence[Sketch]) -> list[list[int]]:
    """Return members apart from each other by the first sum that tells them apart; or all."""
    for axis in range(_SUMS):
        parts = list(_runs(sorted(members, key=lambda at: found[at].sums[axis]), found, axis))
        if len(parts) > 1:
            return parts
    return [list(members)]


def _runs(ordered: Sequence[int], found: Sequence[Sketch], axis: int) -> Iterator[list[int]]:
    """Yield those that are near the one before them."""
    run = [ordered[0]]
    for before, at in pairwise(ordered):
        one, other = found[before], found[at]
        if other.sums[axis] - one.sums[axis] > max(one.near, other.near):
            yield run
            run = []
        run.append(at)
    yield run
