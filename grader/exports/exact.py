"""The exact points of a scorecard's outputs, which it has as numbers. Pure."""

import math
from collections.abc import Iterator
from fractions import Fraction

from grader.model import Assignment, Record, Scorecard, ScoredExercise


class Earned(Record, frozen=True):
    """The exact points of an output over all cases of an exercise, and why some are missing."""

    exercise: str
    name: str
    points: Fraction
    max_points: Fraction
    reason: str

    @property
    def is_full(self) -> bool:
        """Tell whether all of its points were earned."""
        return self.points == self.max_points


class Account(Record, frozen=True):
    """All outputs that carry points, and a number that makes any points of them whole.

    It is the same for all submissions that are graded on the same cases.
    """

    earned: tuple[Earned, ...]
    denominator: int


def account(card: Scorecard, assignment: Assignment) -> Account:
    """Return the exact points of a scorecard: an output's are split over its cases by weight."""
    weights = {plan.id: plan.weight for plan in assignment.plans}
    shares = {exercise.id: exercise.outputs for exercise in assignment.exercises}
    found, parts = [], [Fraction(1)]
    for exercise in card.exercises:
        for name, share in shares[exercise.id].items():
            split = dict(_split(exercise, name, share, weights))
            parts += split.values()
            found.append(_earned(exercise, name, split))
    kept = tuple(one for one in found if one.max_points)
    return Account(kept, math.lcm(*(part.denominator for part in parts)))


def _split(
    exercise: ScoredExercise, name: str, share: Fraction, weights: dict[str, Fraction]
) -> Iterator[tuple[str, Fraction]]:
    cases = [case.id for case in exercise.cases if any(one.name == name for one in case.outputs)]
    total = sum((weights[case] for case in cases), Fraction(0))
    for case in cases:
        yield case, share * weights[case] / total if total else Fraction(0)


def _earned(exercise: ScoredExercise, name: str, split: dict[str, Fraction]) -> Earned:
    points, reason = Fraction(0), ""
    for case in exercise.cases:
        for output in case.outputs:
            if output.name != name:
                continue
            if output.points:  # all of the part, or nothing
                points += split[case.id]
            elif split[case.id] and not reason:
                reason = output.reason or output.state.value.replace("_", " ")
    return Earned(exercise.title, name, points, sum(split.values(), Fraction(0)), reason)
