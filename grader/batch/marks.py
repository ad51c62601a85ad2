"""From a ledger to marks, by policy, and what is told of all. Pure.

In this order: the lowest exercises are dropped, lateness is taken off, the rest is rounded; then an
attempt counts, the latest or the best by what is left. Points stay exact throughout. What was set
by hand is final: policy is not applied to it. What could not be graded has no mark.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from functools import lru_cache
from itertools import groupby
from math import ceil, floor

import msgspec
from msgspec.structs import replace

from grader.batch.ledger import Line
from grader.batch.roster import arrival, time_limit
from grader.batch.terms import Adjustment, Terms
from grader.exports.marked import Marked
from grader.model import Policy, Record

_NONE = Fraction(-1)
_HALF = Fraction(1, 2)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1) // _MICROSECOND
# A float names one fraction with a denominator up to this: any two are further apart than floats.
_DENOMINATOR = 1_000_000


class Share(Record, frozen=True):
    """What an exercise earned, and of how much."""

    exercise: str
    points: Fraction
    most: Fraction


class _Row(msgspec.Struct, frozen=True):  # of a scorecard, of which the rest is passed over
    id: str
    points: float
    max_points: float


class _Card(msgspec.Struct, frozen=True):
    exercises: tuple[_Row, ...]


def settled(
    lines: Iterable[Line], terms: Terms, adjustments: Mapping[str, Adjustment]
) -> Iterator[tuple[Line, Marked]]:
    """Yield all attempts with their marks, by student and number, as `lines` are.

    Of each student one attempt counts; what was set by hand is the mark of that one.
    """
    policy = terms.in_force()
    for student, own in groupby(lines, key=lambda line: line.student):
        attempts = [(line, _mark(line, policy, terms.max_points)) for line in own]
        marks = [mark for _, mark in attempts]
        counting = marks[-1] if policy.counts == "latest" else max(marks, key=_worth)
        for line, mark in attempts:
            if mark is counting:
                yield line, _adjusted(mark, adjustments.get(student, Adjustment()))
            else:
                yield line, replace(mark, counts=False)


def counting(pairs: Iterable[tuple[Line, Marked]]) -> Iterator[Marked]:
    """Yield the mark of each student."""
    return (mark for _, mark in pairs if mark.counts)


def lateness(line: Line, policy: Policy) -> tuple[bool, int]:
    """Return whether an attempt is late, and how many days that are begun after the grace ended.

    Where an LMS says that it is late, and no time, that is one day, whatever the grace.
    """
    if policy.deadline is None or line.received_at is None:
        return line.late, int(line.late)
    limit = time_limit(policy.deadline)
    over = (arrival(line.received_at, limit) - limit) // _MICROSECOND
    return over > 0, max(0, ceil(Fraction(over, _DAY) - policy.grace))


def without_lowest(shares: Sequence[Share], drop: int, points: Fraction) -> Fraction:
    """Return points without the lowest exercises by share, of which the others make up the whole.

    Of equal ones the largest is dropped: that leaves most. The highest is never dropped.
    """
    worth = [one for one in shares if one.most > 0]
    if not drop or not worth:
        return points
    ranked = sorted(worth, key=lambda one: (one.points / one.most, -one.most))
    left = ranked[min(drop, len(ranked) - 1) :]
    whole = sum((one.most for one in worth), Fraction(0))
    earned = sum((one.points for one in left), Fraction(0))
    return earned * whole / sum((one.most for one in left), Fraction(0))


def after_lateness(points: Fraction, most: Fraction, days: int, policy: Policy) -> Fraction:
    """Return what is left of points after so many days, of which the maximum says the price."""
    if policy.late_most is not None and days > policy.late_most:
        return Fraction(0)
    least = min(points, policy.late_least * most)
    return max(least, points - days * policy.late_penalty * most)


def rounded(points: Fraction, most: Fraction, step: Fraction | None) -> Fraction:
    """Return points to the nearest step, halves up; never above the maximum."""
    return points if step is None else min(most, floor(points / step + _HALF) * step)


def _mark(line: Line, policy: Policy, most: Fraction) -> Marked:
    late, days = lateness(line, policy)
    result, shares, final = line.result, _shares(line), None
    if result is not None and line.points is not None:
        most = Fraction(result.max_points)
        kept = without_lowest(shares, policy.drop, line.points)
        final = rounded(after_lateness(kept, most, days, policy), most, policy.round_to)
    return Marked(
        student=line.student,
        name=line.name,
        ids=line.ids,
        raw=line.points,
        final=final,
        max_points=most,
        late=late,
        remark=result.remark if result else "not graded yet",
        report=result.report if result else None,
        attempt=line.number,
        days_late=days,
        exercises={one.exercise: one.points for one in shares},
    )


def _shares(line: Line) -> tuple[Share, ...]:
    if line.points is None or line.result is None or line.result.scorecard is None:
        return ()
    rows = msgspec.json.decode(line.result.scorecard, type=_Card).exercises
    return tuple(Share(row.id, _exact(row.points), _exact(row.max_points)) for row in rows)


@lru_cache(maxsize=1024)  # a class has few different points
def _exact(points: float) -> Fraction:
    return Fraction(points).limit_denominator(_DENOMINATOR)


def _worth(mark: Marked) -> Fraction:
    return _NONE if mark.final is None else mark.final


def _adjusted(mark: Marked, adjustment: Adjustment) -> Marked:
    by_hand = adjustment.points is not None
    return replace(
        mark,
        final=Fraction(adjustment.points) if adjustment.points is not None else mark.final,
        adjusted=by_hand,
        remark=mark.remark if adjustment.remark is None else adjustment.remark,
    )


def dump(pairs: Iterable[tuple[Line, Marked]]) -> Iterator[str]:
    """Yield the canonical dump of a ledger: by student and attempt, without times or places.

    It is a list as JSON, told row by row.
    """
    between = "[\n "
    for row in rows_of(pairs):
        told = msgspec.json.format(msgspec.json.encode(row), indent=1).decode()
        yield between + told.replace("\n", "\n ")
        between = ",\n "
    yield "[]\n" if between.startswith("[") else "\n]\n"


def rows_of(pairs: Iterable[tuple[Line, Marked]]) -> Iterator[dict[str, object]]:
    """Yield what the canonical dump of a ledger tells of each attempt."""
    return (
        {
            "student": line.student,
            "attempt": line.number,
            "name": line.name,
            "late": mark.late,
            "points": line.result.points if line.result else None,
            "scorecard": msgspec.json.decode(line.result.scorecard)
            if line.result and line.result.scorecard
            else None,
            "counts": mark.counts,
            "final": None if mark.final is None else str(mark.final),
            "adjusted": mark.adjusted,
            "remark": mark.remark,
        }
        for line, mark in pairs
    )
