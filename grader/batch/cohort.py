"""What a class did as a whole: its statistics, gathered attempt by attempt. Pure.

Of an attempt no more is kept than its row on the page takes: a class may be large.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias, TypeVar

import msgspec

from grader.batch.ledger import Result
from grader.batch.terms import Terms
from grader.exports.marked import Marked
from grader.judge.sketch import Sketch, agreeing
from grader.model import Record, Scorecard, State, Visibility
from grader.report.clean import clean
from grader.report.cohort import (
    BINS,
    Agreement,
    Cohort,
    IndexRow,
    MistakeShare,
    OutputShare,
    Refused,
    Scores,
    Who,
)

_ROUNDED = 1e-9  # points are sums of numbers that are rounded
_UNSHOWN = "no more than that it is wrong on inputs that are not shown"

_Key: TypeAlias = tuple[str, str]  # an exercise and an output of it
_Wanting: TypeAlias = tuple[tuple[_Key, ...], tuple[str, ...]]  # outputs, and mistakes' ids
_NOTHING_WANTING: _Wanting = ((), ())
_Shared = TypeVar("_Shared", Refused, MistakeShare, Agreement)


class Gaps(Record, frozen=True):
    """What is wanting in an attempt: places in the outputs and mistakes of a `Cohort`."""

    missed: tuple[int, ...] = ()
    mistakes: tuple[int, ...] = ()


class Survey(Record, frozen=True):
    """What a class did, and what is wanting in each attempt, in their order."""

    cohort: Cohort
    gaps: list[Gaps]


def earned(card: Scorecard) -> dict[_Key, tuple[float, float]]:
    """Return the points and the most of each output that carries points, over all its cases."""
    found: dict[_Key, tuple[float, float]] = {}
    for exercise in card.exercises:
        sums: dict[str, list[float]] = {}
        for output in (output for case in exercise.cases for output in case.outputs):
            if output.max_points:
                both = sums.setdefault(output.name, [0.0, 0.0])
                both[0] += output.points
                both[1] += output.max_points
        found |= {(exercise.id, name): (points, most) for name, (points, most) in sums.items()}
    return found


def told_of(card: Scorecard, output: str) -> str:
    """Return what is said of a wrong output in the first public case."""
    cases = (case for exercise in card.exercises for case in exercise.cases)
    reasons = (
        one.reason
        for case in cases
        if case.visibility is Visibility.PUBLIC
        for one in case.outputs
        if one.name == output and one.state is State.WRONG and one.reason
    )
    return next(reasons, _UNSHOWN)


def scores(counted: Counter[Fraction], most: Fraction) -> Scores | None:
    """Return how points are distributed; `counted` is how many have which share of the most."""
    ordered = sorted(counted.elements())
    if not ordered or not most:
        return None
    bins = [0] * BINS
    for share, count in counted.items():
        bins[max(0, min(BINS - 1, int(share * BINS)))] += count
    lower, median, upper = (float(_quantile(ordered, n) * most) for n in (1, 2, 3))
    return Scores(bins=tuple(bins), most=float(most), lower=lower, median=median, upper=upper)


def card_of(result: Result) -> Scorecard | None:
    """Return the scorecard of a result that has points."""
    if result.points is None or result.scorecard is None:
        return None
    return msgspec.json.decode(result.scorecard, type=Scorecard)


def entry(mark: Marked, result: Result, gaps: Gaps) -> IndexRow:
    """Return an attempt's row on the page of a class."""
    moved = mark.counts and mark.final is not None and mark.final != mark.raw
    return IndexRow(
        student=clean(mark.student, 200),
        name=clean(result.submission, 200),
        points=None if mark.raw is None else float(mark.raw),
        max_points=float(Fraction(result.max_points)),
        remark=clean(mark.remark, 500),
        link=result.report,
        final=float(mark.final) if moved and mark.final is not None else None,
        person="" if mark.name == mark.student else clean(mark.name, 200),
        note=_note(mark),
        missed=gaps.missed,
        mistakes=gaps.mistakes,
    )


class Tally:
    """The statistics of a class as far as they have been gathered, of attempts with a result."""

    def __init__(self) -> None:
        self.attempts = 0
        self.students = 0
        self.late = 0
        self.moves = False
        self.shares: Counter[Fraction] = Counter()
        self.titles: dict[str, str] = {}
        self.full: Counter[_Key] = Counter()
        self.partly: Counter[_Key] = Counter()
        self.of: Counter[_Key] = Counter()
        self.refused: dict[str, list[Who]] = {}
        self.mistakes: dict[str, _Mistake] = {}
        self.unnamed: dict[str, list[_Unnamed]] = {}
        self.gaps: list[_Wanting] = []
        self.alike: dict[_Wanting, _Wanting] = {}  # of a class, many are

    def add(self, mark: Marked, result: Result, card: Scorecard | None) -> None:
        """Take an attempt in, with the scorecard of its result."""
        self.attempts += 1
        self.students += mark.counts
        self.late += mark.counts and mark.late
        self.moves |= mark.counts and mark.final != mark.raw
        if mark.raw is None and not mark.adjusted:
            self.refused.setdefault(clean(mark.remark, 500), []).append(_who(mark, result))
        wanting = _NOTHING_WANTING
        if card is not None:
            points = earned(card)
            wanting = _wanting(card, points)
            if mark.counts:
                self.add_card(card, points, _who(mark, result), result)
        self.gaps.append(self.alike.setdefault(wanting, wanting))

    def add_card(
        self, card: Scorecard, points: Mapping[_Key, tuple[float, float]], who: Who, result: Result
    ) -> None:
        """Take in the scorecard of an attempt that counts."""
        if most := Fraction(result.max_points):
            self.shares[Fraction(card.points_exact) / most] += 1
        self.titles |= {one.id: one.title for one in card.exercises}
        for key, (got, of) in points.items():
            self.of[key] += 1
            self.full[key] += _is_full(got, of)
            self.partly[key] += got > _ROUNDED and not _is_full(got, of)
        for diagnosis in card.diagnoses:
            known = self.mistakes.setdefault(diagnosis.id, _Mistake())
            known.titles[clean(diagnosis.title, 300)] += 1
            known.outputs[diagnosis.output] += 1
            known.students.setdefault(who)
        for output, sketch in result.unnamed.items():
            told = clean(told_of(card, output), 500)
            self.unnamed.setdefault(output, []).append(_Unnamed(sketch, who, told))

    def survey(self, terms: Terms) -> Survey:
        """Return all that was gathered."""
        outputs, mistakes = tuple(self.output_shares()), _largest_first(self.mistake_shares())
        cohort = Cohort(
            students=self.students,
            attempts=self.attempts,
            late=self.late,
            deadline=terms.in_force().deadline,
            refused=_largest_first(Refused(why, tuple(who)) for why, who in self.refused.items()),
            scores=scores(self.shares, terms.max_points),
            outputs=outputs,
            mistakes=mistakes,
            agreements=_largest_first(self.agreements()),
            moves=self.moves,
        )
        places = {one: at for at, one in enumerate(self.ordered())}
        numbers = {one.id: at for at, one in enumerate(mistakes)}
        gaps = {wanting: _gaps(*wanting, places, numbers) for wanting in self.alike}
        return Survey(cohort, [gaps[wanting] for wanting in self.gaps])

    def ordered(self) -> list[_Key]:
        """Return the outputs, exercise by exercise."""
        exercises = list(self.titles)
        return sorted(self.of, key=lambda key: exercises.index(key[0]))

    def output_shares(self) -> Iterator[OutputShare]:
        """Yield who got what."""
        for key in self.ordered():
            yield OutputShare(
                exercise=key[0],
                title=clean(self.titles[key[0]], 200),
                name=clean(key[1], 200),
                got=self.full[key],
                partly=self.partly[key],
                of=self.of[key],
            )

    def mistake_shares(self) -> Iterator[MistakeShare]:
        """Yield who made which mistake."""
        for id_ in sorted(self.mistakes):
            one = self.mistakes[id_]
            outputs = tuple((clean(name, 200), n) for name, n in one.outputs.most_common())
            ((title, _),) = one.titles.most_common(1)
            yield MistakeShare(
                id=clean(id_, 200),
                title=title,
                wordings=len(one.titles),
                outputs=outputs,
                students=tuple(one.students),
            )

    def agreements(self) -> Iterator[Agreement]:
        """Yield whose wrong answers agree, though they have no name."""
        for output, found in sorted(self.unnamed.items()):
            for places in agreeing([one.sketch for one in found]):
                students = tuple(found[at].who for at in places)
                yield Agreement(clean(output, 200), found[places[0]].told, students)


class _Mistake:
    """A named mistake: its title as it is told, the outputs it is on; whose it is, each once."""

    def __init__(self) -> None:
        self.titles: Counter[str] = Counter()
        self.outputs: Counter[str] = Counter()
        self.students: dict[Who, None] = {}


class _Unnamed(Record, frozen=True):
    """A wrong answer without a name."""

    sketch: Sketch
    who: Who
    told: str


def _is_full(points: float, most: float) -> bool:
    return points > most - _ROUNDED


def _wanting(card: Scorecard, points: Mapping[_Key, tuple[float, float]]) -> _Wanting:
    """Return the outputs that were not got in full, and the mistakes."""
    missed = tuple(key for key, (got, of) in points.items() if not _is_full(got, of))
    return missed, tuple(dict.fromkeys(one.id for one in card.diagnoses))


def _gaps(
    missed: tuple[_Key, ...],
    mistakes: tuple[str, ...],
    places: Mapping[_Key, int],
    numbers: Mapping[str, int],
) -> Gaps:
    """Return what is wanting by its places; of attempts that do not count some have none."""
    return Gaps(
        tuple(sorted(places[key] for key in missed if key in places)),
        tuple(sorted(numbers[id_] for id_ in mistakes if id_ in numbers)),
    )


def _who(mark: Marked, result: Result) -> Who:
    note = _note(mark)
    student = clean(mark.student, 200)
    return Who(f"{student}, {note}" if note else student, result.report)


def _note(mark: Marked) -> str:
    """Return which attempt of a student this is, where there are several."""
    if mark.counts:
        return f"attempt {mark.attempt}" if mark.attempt > 1 else ""
    return f"attempt {mark.attempt}, which does not count"


def _quantile(ordered: Sequence[Fraction], quarters: int) -> Fraction:
    """Return a quartile, between two neighbours where it falls between them."""
    at, rest = divmod(Fraction((len(ordered) - 1) * quarters, 4), 1)
    following = ordered[min(at + 1, len(ordered) - 1)]
    return ordered[at] + rest * (following - ordered[at])


def _largest_first(found: Iterable[_Shared]) -> tuple[_Shared, ...]:
    return tuple(sorted(found, key=lambda one: -len(one.students)))
