"""How a score moves between two results of one student, and why. Pure."""

from collections.abc import Iterator
from fractions import Fraction

import msgspec

from grader.batch.ledger import Result
from grader.exports.marked import number
from grader.judge.changes import changes
from grader.model import Record, Scorecard


class Move(Record, frozen=True):
    """A score that moves, told in lines: how, and why. Down: points are lost, or the mark."""

    told: tuple[str, ...]
    is_down: bool


def move_of(old: Result | None, new: Result | None) -> Move | None:
    """Return how a score moves from one result to another; None where it does not."""
    before, after = _points(old), _points(new)
    if before == after:
        return None
    most = f" of {new.max_points}" if new is not None and after is not None else ""
    first = f"{_told(before)} → {_told(after)}{most}"
    is_down = before is not None and (after is None or after < before)
    return Move(told=(first, *_why(old, new)), is_down=is_down)


def _points(result: Result | None) -> Fraction | None:
    return None if result is None or result.points is None else Fraction(result.points)


def _told(points: Fraction | None) -> str:
    return "not graded" if points is None else number(points)


def _why(old: Result | None, new: Result | None) -> Iterator[str]:
    if old is None or new is None or old.scorecard is None or new.scorecard is None:
        return
    before, after = (
        msgspec.json.decode(text, type=Scorecard) for text in (old.scorecard, new.scorecard)
    )
    for one in changes(before, after).outputs:
        if one.before == one.after:
            continue
        moves = f"{one.before:.4g} → {one.after:.4g} of {one.max_points:.4g}"
        reasons = f" ({'; '.join(one.reasons)})" if one.reasons else ""
        yield f"{one.exercise} {one.output}: {moves}{reasons}"
