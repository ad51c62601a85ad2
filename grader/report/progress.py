"""What has changed since a student's last attempt, by output. Pure."""

from collections.abc import Callable

from grader.judge.changes import Changes, OutputChange, changes
from grader.model import Record, Scorecard

_LEAST = 1e-9  # points are sums of floats here


class Progress(Record, frozen=True):
    """Points then and now; outputs that are right now, in more cases than then, or in fewer."""

    before: float
    after: float
    right: tuple[str, ...]
    closer: tuple[str, ...]
    lost: tuple[str, ...]


def progress(previous: Scorecard, now: Scorecard) -> Progress:
    """Return what has changed from one scorecard of an assignment to a later one."""
    found = changes(previous, now)
    lost = _names(found, _is_lost)
    right = [name for name in _names(found, _is_right) if name not in lost]
    closer = [name for name in _names(found, _is_closer) if name not in (*lost, *right)]
    return Progress(
        before=float(found.before),
        after=float(found.after),
        right=tuple(right),
        closer=tuple(closer),
        lost=tuple(lost),
    )


def _names(found: Changes, wanted: Callable[[OutputChange], bool]) -> list[str]:
    return list(dict.fromkeys(one.output for one in found.outputs if wanted(one)))


def _is_closer(one: OutputChange) -> bool:
    return one.after > one.before + _LEAST


def _is_right(one: OutputChange) -> bool:
    return _is_closer(one) and one.after > one.max_points - _LEAST


def _is_lost(one: OutputChange) -> bool:
    return one.after < one.before - _LEAST
