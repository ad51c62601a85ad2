"""Which mistake was made: by what was seen in the run, or by its numbers; or none. Pure.

Certain or nothing. A mistake is named where what was seen leaves no other reading, or where an
output agrees with that one mistake's arrays in every case, and differs from what is asked for in
two of them at least. Everything here rests on probes, whose numbers are public.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from grader.judge.compare import is_single, within
from grader.judge.relations import Pair, factor_between, number, relation
from grader.judge.seen import observed
from grader.judge.shrink import is_alone
from grader.model import (
    Array,
    Assignment,
    Case,
    Extracted,
    Finding,
    Fingerprint,
    Mistake,
    Observation,
    Outcome,
    OutputVerdict,
    Probes,
    Record,
    State,
    Value,
    Verdict,
)
from grader.wording import UNSAID, Phrase, say, verbatim

_ENOUGH = 2
_NOTHING = 1e-6  # a free number below this is no mistake at all


class Row(Record, frozen=True, eq=False):
    """One output of one probe: what was asked, what came, and what became of it."""

    case: Case
    outcome: Outcome
    verdict: OutputVerdict

    @property
    def array(self) -> Array | None:
        """Return the array that came, if one did."""
        value = self.outcome.outputs.get(self.verdict.name)
        return None if value is None else value.array

    @property
    def failed(self) -> bool:
        """Tell whether this output failed here."""
        return self.verdict.state is not State.PASSED


@np.errstate(all="ignore")  # a student's numbers may be anything
def diagnose(
    assignment: Assignment,
    probes: Probes,
    tried: Sequence[tuple[Case, Outcome, Verdict]],
    extracted: Extracted,
    failing: Sequence[str],
) -> tuple[Finding, ...]:
    """Return what is known of each failing output; `tried` is what the probes gave."""
    found = []
    for name in failing:
        rows = rows_of(name, tried, assignment)
        if any(row.failed for row in rows):
            found.append(_finding(name, rows, assignment, probes, extracted))
    return tuple(_completed(found, assignment))


def rows_of(
    name: str, tried: Sequence[tuple[Case, Outcome, Verdict]], assignment: Assignment
) -> list[Row]:
    """Return the probes that tell of an output alone: nothing else that students write is in them.

    Where there are none, those in which the output rests on no other one that carries points.
    """
    pointed = {one for exercise in assignment.exercises for one in exercise.outputs}
    rows = [
        Row(case, outcome, one)
        for case, outcome, verdict in tried
        for one in verdict.outputs
        if one.name == name and one.state is not State.BLOCKED
    ]
    alone = [row for row in rows if is_alone(row.case, name)]
    return alone or [row for row in rows if not pointed & set(row.case.program.needs.get(name, ()))]


def _finding(
    name: str,
    rows: Sequence[Row],
    assignment: Assignment,
    probes: Probes,
    extracted: Extracted,
) -> Finding:
    by_seen = {one.seen: id_ for id_, one in assignment.mistakes.items() if one.seen is not None}
    failing = [row for row in rows if row.failed]
    told = observed(name, rows, failing, probes.stored, extracted)
    if told is not None and told.what in by_seen:  # its own words say what was seen
        return Finding(output=name, mistake=by_seen[told.what], told=told.told)
    if told is not None and told.what is Observation.EMPTY:  # its numbers are those it was given
        return Finding(output=name, mistake=None, observed=told.sentence)
    numbers = _relation(failing)
    sentence = say("Your `{name}` {is_so}.", name=name, is_so=numbers) if numbers else UNSAID
    if told is not None:
        sentence = told.sentence
    by_numbers = _by_numbers(name, rows, probes.fingerprints)
    if by_numbers is None:
        return Finding(output=name, mistake=None, observed=sentence)
    mistake, free = by_numbers
    if assignment.mistakes[mistake].free is not None:  # its own words say the number
        sentence = UNSAID
    return Finding(output=name, mistake=mistake, observed=sentence, told=free)


def _relation(failing: Sequence[Row]) -> Phrase:
    arrays = [(row, row.array) for row in failing]
    pairs = [
        Pair(array, row.case.expected[row.verdict.name], row.case.given, row.case.tolerance)
        for row, array in arrays
        if array is not None and row.verdict.name in row.case.expected
    ]
    return relation(pairs) if len(pairs) == len(failing) else UNSAID


def _by_numbers(
    name: str, rows: Sequence[Row], fingerprints: Sequence[Fingerprint]
) -> tuple[str, dict[str, Phrase]] | None:
    """Return the one mistake that agrees, with its free number; those without one come first."""
    fixed = {one.mistake for one in fingerprints if not one.slopes and _agrees(name, rows, one, 0)}
    if fixed:
        told = {
            "number": say("{number} in one example, another number in others", number=_factor(rows))
        }
        return (fixed.pop(), told) if len(fixed) == 1 else None
    fitted: dict[str, float] = {}
    for one in fingerprints:
        free = _fitted(name, rows, one) if one.slopes else None
        if free is not None and _agrees(name, rows, one, free):
            fitted[one.mistake] = free
    if len(fitted) != 1:
        return None
    ((mistake, free),) = fitted.items()
    return mistake, {"number": verbatim(number(free))}


def _factor(rows: Sequence[Row]) -> Phrase:
    """Return the factor of one failing row, for mistakes whose number follows from the input."""
    for row in (row for row in rows if row.failed):
        array, expected = row.array, row.case.expected.get(row.verdict.name)
        if array is None or expected is None or array.shape != expected.shape:
            continue
        return verbatim(number(factor_between(expected, array)))
    return say("some number")


def _fitted(name: str, rows: Sequence[Row], fingerprint: Fingerprint) -> float | None:
    """Return the free number that the first telling row asks for."""
    for row in rows:
        key = Fingerprint.key(row.case.id, name)
        slope, base = fingerprint.slopes.get(key), fingerprint.arrays.get(key)
        if slope is None or base is None or not slope.any():
            continue
        array = row.array
        if array is None or array.shape != base.shape or array.dtype.kind not in "biuf":
            return None
        free = factor_between(slope, np.subtract(array, base, dtype=np.float64))
        return free if np.isfinite(free) and abs(free) > _NOTHING else None
    return None


def _agrees(name: str, rows: Sequence[Row], fingerprint: Fingerprint, free: float) -> bool:
    """Tell whether an output is this mistake's in every row, and shows it in two at least.

    Where it fails by giving nothing alone, it must be right in two other rows as well: what gives
    nothing anywhere is like any other that does.
    """
    shown, silent, right = 0, 0, 0
    for row in rows:
        mistaken = _mistaken(Fingerprint.key(row.case.id, name), fingerprint, free)
        array = row.array
        if mistaken is None or array is None:
            if mistaken is not array:
                return False
            silent += 1
            continue
        if not _same(array, mistaken, row):
            return False
        shown, right = shown + row.failed, right + (not row.failed)
    return shown >= _ENOUGH or (shown == 0 and min(silent, right) >= _ENOUGH)


def _mistaken(key: str, fingerprint: Fingerprint, free: float) -> Array | None:
    array = fingerprint.arrays.get(key)
    if array is None or not fingerprint.slopes:
        return array
    return array + free * fingerprint.slopes[key]


def _same(array: Array, mistaken: Array, row: Row) -> bool:
    if array.shape != mistaken.shape or array.dtype.kind not in "biuf":
        return False
    value = Value(kind="array", array=array)
    coarse = is_single(value, row.case.expected.get(row.verdict.name, mistaken))
    return bool(within(array, mistaken, row.case.tolerance, coarse=coarse).all())


def _completed(found: Sequence[Finding], assignment: Assignment) -> Iterator[Finding]:
    """Yield findings; what another mistake in the same definition brings about is told as that."""
    for one in found:
        known = assignment.mistakes.get(one.mistake or "")
        owner = one.output.rpartition(".")[0]
        brings = (
            other
            for other in found
            if other.mistake is not None
            and other.output.rpartition(".")[0] == owner
            and known is not None
            and (other.mistake in known.implied_by or _takes_along(other, known, assignment))
        )
        cause = next(brings, None)
        yield one if cause is None else Finding(one.output, cause.mistake, told=cause.told)


def _takes_along(other: Finding, known: Mistake, assignment: Assignment) -> bool:
    """Tell whether an output is not set because the others of its definition went elsewhere."""
    seen = assignment.mistakes[other.mistake or ""].seen
    elsewhere = (Observation.RETURNED, Observation.OVERWRITTEN)
    return known.seen is Observation.UNSET and seen in elsewhere
