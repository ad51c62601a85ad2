"""What differs between two scorecards, and why: of a regrade, two batches, two attempts. Pure."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from grader.model import Record, Scorecard, ScoredOutput, State

_PLACES = 9  # points are sums of floats here
_MAX_LISTED = 6

_Key = tuple[str, str]
_Found = dict[str, ScoredOutput]


class OutputChange(Record, frozen=True):
    """An output that earns or counts otherwise, or is in another state somewhere; and why."""

    exercise: str
    output: str
    before: float
    after: float
    max_points: float
    reasons: tuple[str, ...]


class Changes(Record, frozen=True):
    """What differs between two scorecards, in the order of the later one."""

    before: Fraction
    after: Fraction
    outputs: tuple[OutputChange, ...]


def changes(old: Scorecard, new: Scorecard) -> Changes:
    """Return what differs between two scorecards of one assignment."""
    before, after = _outputs(old), _outputs(new)
    found = (_change(key, before.get(key, {}), after.get(key, {})) for key in {**after, **before})
    return Changes(
        before=Fraction(old.points_exact),
        after=Fraction(new.points_exact),
        outputs=tuple(one for one in found if one.before != one.after or one.reasons),
    )


def _outputs(card: Scorecard) -> dict[_Key, _Found]:
    """Return what became of each output, by exercise and name, then by case."""
    found: dict[_Key, _Found] = {}
    for exercise in card.exercises:
        for case in exercise.cases:
            for output in case.outputs:
                found.setdefault((exercise.id, output.name), {})[case.id] = output
    return found


def _change(key: _Key, before: Mapping[str, ScoredOutput], after: _Found) -> OutputChange:
    return OutputChange(
        exercise=key[0],
        output=key[1],
        before=_points(before),
        after=_points(after),
        max_points=_most(after),
        reasons=tuple(_reasons(before, after)),
    )


def _points(found: Mapping[str, ScoredOutput]) -> float:
    return round(sum(one.points for one in found.values()), _PLACES)


def _most(found: Mapping[str, ScoredOutput]) -> float:
    return round(sum(one.max_points for one in found.values()), _PLACES)


def _reasons(before: Mapping[str, ScoredOutput], after: _Found) -> Iterator[str]:
    ways: dict[str, list[str]] = {}
    for case in {**after, **before}:
        if way := _way(before.get(case), after.get(case)):
            ways.setdefault(way, []).append(case)
    yield from (f"{way}: {_listed(cases)}" for way, cases in ways.items())
    forfeited, was = _forfeit(after), _forfeit(before)
    if forfeited != was:
        yield forfeited or f"no longer: {was}"
    if _most(before) != _most(after):
        yield f"it counts {_most(after):.4g}, not {_most(before):.4g}"
    elif before.keys() == after.keys() and any(
        round(before[case].max_points - one.max_points, _PLACES) for case, one in after.items()
    ):
        yield "its cases share its points otherwise"


def _way(before: ScoredOutput | None, after: ScoredOutput | None) -> str:
    """Return in words how a case differs; "" where it does not."""
    if after is None:
        return f"gone ({before.state})" if before is not None else ""
    if before is None:
        return f"new ({after.state})"
    return f"{before.state} → {after.state}" if before.state is not after.state else ""


def _forfeit(found: Mapping[str, ScoredOutput]) -> str:
    """Return why an output earns nothing though it passes; "" where it is not so."""
    told = (one.reason for one in found.values() if one.state is State.PASSED and one.reason)
    return next(told, "")


def _listed(cases: list[str]) -> str:
    more = len(cases) - _MAX_LISTED
    return ", ".join(cases[:_MAX_LISTED]) + (f" and {more} more" if more > 0 else "")
