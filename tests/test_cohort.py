"""What a class did as a whole: counted on its scorecards, and right at the edges."""

import tracemalloc
from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction

import msgspec
import pytest

from grader.batch.cohort import Survey, Tally, card_of, earned, entry, scores, told_of
from grader.batch.ledger import Result
from grader.batch.terms import Terms, terms_of
from grader.exports.marked import Marked
from grader.judge.sketch import Sketch
from grader.model import Diagnosis, Policy, Scorecard, ScoredExercise, State, Visibility
from grader.report.cohort import Agreement, MistakeShare, OutputShare, Refused, Who
from tests.builders import (
    assignment,
    diagnosis,
    exercise,
    scorecard,
    scored_case,
    scored_output,
)

_TEN = Fraction(10)
_HOSTILE = "\x1b[2J\u202e<script>" + "x" * 10_000


def terms(policy: Policy | None = None, deadline: str | None = None) -> Terms:
    return terms_of(assignment(exercise({"x": 10}), policy=policy or Policy()), deadline)


def card(*outputs: tuple[str, float], diagnoses: tuple[Diagnosis, ...] = ()) -> Scorecard:
    """Return a scorecard of one case of outputs that are worth 5 each."""
    made = tuple(
        scored_output(
            name=name,
            points=points,
            max_points=5.0,
            state=State.PASSED if points else State.WRONG,
            reason=None if points else f"{name} is off",
        )
        for name, points in outputs
    )
    return scorecard(scored_case(outputs=made), diagnoses=diagnoses)


def attempt(
    student: str, made: Scorecard | None, unnamed: dict[str, Sketch] | None = None, **marked: object
) -> tuple[Marked, Result]:
    """Return an attempt at ten points, by what its scorecard says; None could not be graded."""
    raw = None if made is None else Fraction(made.points_exact)
    result = Result(
        submission=f"{student}.py",
        points=None if raw is None else str(raw),
        max_points="10",
        remark="",
        scorecard=None if made is None else msgspec.json.encode(made).decode(),
        report=None if made is None else f"reports/{student}.html",
        unnamed=unnamed or {},
    )
    mark = Marked(
        student=student,
        name=student,
        ids={},
        raw=raw,
        final=raw,
        max_points=_TEN,
        late=False,
        remark="" if made else "is no notebook",
        report=result.report,
    )
    return msgspec.structs.replace(mark, **marked), result


def who(*students: str) -> tuple[Who, ...]:
    return tuple(Who(student, f"reports/{student}.html") for student in students)


def survey(attempts: Iterable[tuple[Marked, Result]], by: Terms) -> Survey:
    tally = Tally()
    for mark, result in attempts:
        tally.add(mark, result, card_of(result))
    return tally.survey(by)


def of(*attempts: tuple[Marked, Result]) -> Survey:
    return survey(attempts, terms())


# --- points ---------------------------------------------------------------------------------------


def test_points_fall_into_ten_bins_of_which_the_last_is_closed() -> None:
    shares = [Fraction(n, 20) for n in range(21)]

    found = scores(Counter(shares), _TEN)

    assert found is not None
    assert found.bins == (2, 2, 2, 2, 2, 2, 2, 2, 2, 3)
    assert (found.count, found.most) == (21, 10.0)


@pytest.mark.parametrize(
    ("points", "quartiles"),
    [
        ([7], (7, 7, 7)),
        ([0, 10], (2.5, 5, 7.5)),
        ([1, 2, 3], (1.5, 2, 2.5)),
        ([1, 1, 1, 9], (1, 1, 3)),
        ([10] * 3000, (10, 10, 10)),
        (list(range(9)), (2, 4, 6)),
    ],
)
def test_median_and_quartiles_are_those_of_the_class(
    points: list[int], quartiles: tuple[float, float, float]
) -> None:
    found = scores(Counter(Fraction(one, 10) for one in points), _TEN)

    assert found is not None
    assert (found.lower, found.median, found.upper) == pytest.approx(quartiles)


def test_where_nobody_has_points_or_none_are_given_there_is_no_distribution() -> None:
    assert scores(Counter(), _TEN) is None
    assert scores(Counter({Fraction(0): 3}), Fraction(0)) is None


def test_thirds_are_no_less_than_they_are() -> None:
    third = scorecard(points_exact="10/3")
    found = of(attempt("anna", third)).cohort.scores

    assert found is not None
    assert found.bins == (0, 0, 0, 1, 0, 0, 0, 0, 0, 0)


# --- who got what ---------------------------------------------------------------------------------


def test_an_output_is_got_in_full_over_all_its_cases_or_in_part() -> None:
    tenths = [scored_case(id=str(n), outputs=(scored_output(max_points=0.1, points=0.1),))
              for n in range(10)]  # fmt: skip
    missed = scored_case(State.WRONG, outputs=(scored_output(points=0.0, max_points=0.1),))

    whole, part, none = scorecard(*tenths), scorecard(missed, *tenths[1:]), scorecard(missed)

    ((points, most),) = earned(whole).values()
    assert points != 1.0, "these are rounded"
    assert points == most
    (share,) = of(
        *(attempt(str(n), one) for n, one in enumerate((whole, part, none)))
    ).cohort.outputs
    assert (share.got, share.partly, share.of) == (1, 1, 3)


def test_what_carries_no_points_is_no_output_that_is_got() -> None:
    given = scored_case(outputs=(scored_output(name="Layer.output", points=0.0, max_points=0.0),))

    assert earned(scorecard(given, scored_case())).keys() == {("dense", "Layer.dweights")}


def test_outputs_of_one_name_in_two_exercises_are_two() -> None:
    case = scored_case()
    parts = (
        ScoredExercise(id="a", title="A", points=1, max_points=1, cases=(case,)),
        ScoredExercise(id="b", title="B", points=0, max_points=1, cases=(
            scored_case(outputs=(scored_output(points=0.0),)),
        )),
    )  # fmt: skip

    found = of(attempt("anna", scorecard(exercises=parts)))

    assert found.cohort.outputs == (
        OutputShare(exercise="a", title="A", name="Layer.dweights", got=1, partly=0, of=1),
        OutputShare(exercise="b", title="B", name="Layer.dweights", got=0, partly=0, of=1),
    )
    assert found.gaps[0].missed == (1,)


def test_what_is_wanting_is_told_of_each_attempt_in_their_order() -> None:
    mean, sign = diagnosis(), diagnosis(id="sign", output="y")
    found = of(
        attempt("anna", card(("x", 5), ("y", 5))),
        attempt("ben", None),
        attempt("carl", card(("x", 0), ("y", 0), diagnoses=(mean, sign))),
        attempt("dora", card(("x", 5), ("y", 0), diagnoses=(sign,))),
    )

    assert [one.missed for one in found.gaps] == [(), (), (0, 1), (1,)]
    ids = [one.id for one in found.cohort.mistakes]
    assert ids == ["sign", "mean"]
    assert [one.mistakes for one in found.gaps] == [(), (), (0, 1), (0,)]


# --- mistakes, named and not ----------------------------------------------------------------------


def test_mistakes_come_by_how_many_made_them_each_student_once() -> None:
    twice = (diagnosis(output="x"), diagnosis(output="y"))
    sign = diagnosis(id="sign", title="Sign", output="x")
    found = of(
        attempt("anna", card(("x", 0), diagnoses=(sign,))),
        attempt("ben", card(("x", 0), ("y", 0), diagnoses=twice)),
        attempt("carl", card(("x", 0), diagnoses=twice[:1])),
    )

    assert found.cohort.mistakes == (
        MistakeShare(
            id="mean",
            title="Divided",
            wordings=1,
            outputs=(("x", 2), ("y", 1)),
            students=who("ben", "carl"),
        ),
        MistakeShare(
            id="sign", title="Sign", wordings=1, outputs=(("x", 1),), students=who("anna")
        ),
    )


def test_of_several_wordings_the_most_frequent_is_told() -> None:
    titles = ("A slope of 0.1", "A slope of 0.2", "A slope of 0.2")
    (one,) = of(
        *(
            attempt(str(n), card(("x", 0), diagnoses=(diagnosis(title=title),)))
            for n, title in enumerate(titles)
        )
    ).cohort.mistakes

    assert (one.title, one.wordings) == ("A slope of 0.2", 2)


def sketch(number: float, form: str = "f") -> Sketch:
    return Sketch(form=form, sums=(number, 0.0, 0.0, 0.0), near=1e-6)


def test_unnamed_answers_that_agree_are_told_by_output_largest_first() -> None:
    wrong = card(("x", 0), ("y", 0))
    found = of(
        attempt("anna", wrong, {"x": sketch(1.0), "y": sketch(7.0)}),
        attempt("ben", wrong, {"x": sketch(2.0), "y": sketch(7.0)}),
        attempt("carl", wrong, {"x": sketch(1.0 + 1e-9), "y": sketch(7.0)}),
        attempt("dora", wrong, {"x": sketch(1.0, "another"), "y": sketch(8.0)}),
    )

    assert found.cohort.agreements == (
        Agreement(output="y", told="y is off", students=who("anna", "ben", "carl")),
        Agreement(output="x", told="x is off", students=who("anna", "carl")),
    )


def test_of_hidden_cases_no_reason_is_told() -> None:
    hidden = scored_case(State.WRONG, visibility=Visibility.HIDDEN)

    assert "4711" not in told_of(scorecard(hidden), "Layer.dweights")
    assert told_of(scorecard(hidden, scored_case(State.WRONG)), "Layer.dweights") == "it is wrong"


# --- attempts -------------------------------------------------------------------------------------


def test_who_could_not_be_graded_is_told_by_the_reason() -> None:
    found = of(
        attempt("anna", None, remark="is no zip"),
        attempt("ben", None),
        attempt("carl", card(("x", 5))),
        attempt("dora", None),
        attempt("emil", None, adjusted=True, final=_TEN),
    ).cohort

    assert found.refused == (
        Refused("is no notebook", (Who("ben"), Who("dora"))),
        Refused("is no zip", (Who("anna"),)),
    )
    assert (found.ungraded, found.students, found.attempts) == (3, 5, 5)
    assert found.scores is not None
    assert found.scores.count == 1


def test_of_several_attempts_the_one_that_counts_is_counted() -> None:
    poor, good = card(("x", 0), diagnoses=(diagnosis(),)), card(("x", 5))
    found = of(
        attempt("anna", poor, {"x": sketch(1)}, counts=False),
        attempt("anna", good, attempt=2),
        attempt("ben", poor, {"x": sketch(1)}),
        attempt("carl", None, counts=False),
        attempt("carl", poor, attempt=2, late=True),
    )
    cohort = found.cohort

    assert (cohort.students, cohort.attempts, cohort.late) == (3, 5, 1)
    assert [(one.got, one.of) for one in cohort.outputs] == [(1, 3)]
    assert [one.students for one in cohort.mistakes] == [
        (Who("ben", "reports/ben.html"), Who("carl, attempt 2", "reports/carl.html"))
    ]
    assert cohort.agreements == ()
    assert cohort.refused[0].students == (Who("carl, attempt 1, which does not count"),)
    assert [one.missed for one in found.gaps] == [(0,), (), (0,), (), (0,)]


def test_what_no_attempt_that_counts_has_is_no_gap() -> None:
    odd = card(("z", 0), diagnoses=(diagnosis(id="odd"),))
    found = of(attempt("anna", odd, counts=False), attempt("anna", card(("x", 5)), attempt=2))

    assert [(one.missed, one.mistakes) for one in found.gaps] == [((), ()), ((), ())]


def test_a_final_mark_is_told_where_it_differs_and_counts() -> None:
    good = card(("x", 5))
    pairs = [
        attempt("anna", good),
        attempt("ben", good, final=Fraction(4)),
        attempt("carl", good, final=Fraction(4), counts=False),
    ]
    found = of(*pairs)
    rows = [entry(*pair, gaps) for pair, gaps in zip(pairs, found.gaps, strict=True)]

    assert [row.final for row in rows] == [None, 4.0, None]
    assert found.cohort.moves
    assert not of(pairs[0], pairs[2]).cohort.moves


def test_the_deadline_is_the_one_in_force() -> None:
    policy = Policy(deadline="2026-01-31T12:00")

    assert survey((), terms(policy)).cohort.deadline == "2026-01-31T12:00"
    assert survey((), terms(policy, "2026-02-01T12:00")).cohort.deadline == "2026-02-01T12:00"


def test_an_empty_class_is_one() -> None:
    found = survey((), terms())

    assert (found.cohort.students, found.cohort.scores, found.gaps) == (0, None, [])


def test_text_of_students_is_made_safe_and_short() -> None:
    wrong = card((_HOSTILE, 0), diagnoses=(diagnosis(title=_HOSTILE, output=_HOSTILE),))
    pairs = [
        attempt(_HOSTILE, wrong, {_HOSTILE: sketch(1)}, name=_HOSTILE + "\ud800"),
        attempt("ben", wrong, {_HOSTILE: sketch(1)}),
        attempt(_HOSTILE + "\ud800", None, remark=_HOSTILE + "\ud800"),
    ]
    found = of(*pairs)
    rows = [entry(*pair, gaps) for pair, gaps in zip(pairs, found.gaps, strict=True)]
    told = _texts(found.cohort, *rows)
    texts = [one for one in told if not one.startswith("reports/")]  # those are ours

    assert len(found.cohort.agreements) == 1
    assert [one for one in texts if set(one) & {"\x1b", "\u202e", "\ud800"}] == []
    assert max(map(len, texts)) < 600
    assert any("\\u001b[2J\\u202e<script>" in one for one in texts)


def _texts(*records: object) -> Iterator[str]:
    """Yield every text in records."""
    for one in records:
        if isinstance(one, str):
            yield one
        elif isinstance(one, msgspec.Struct):
            yield from _texts(*msgspec.structs.astuple(one))
        elif isinstance(one, (list, tuple)):
            yield from _texts(*one)


def test_of_an_attempt_no_more_is_kept_than_its_row() -> None:
    poor = card(("x", 0), ("y", 0), diagnoses=(diagnosis(output="x"),))
    case = poor.exercises[0].cases[0]
    large = scorecard(*(msgspec.structs.replace(case, id=str(n)) for n in range(100)))

    def attempts(count: int) -> Iterator[tuple[Marked, Result]]:
        for number in range(count):
            yield attempt(f"student-{number:05d}", large, {"y": sketch(float(number % 7))})

    tracemalloc.start()
    found = survey(attempts(400), terms())
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(found.cohort.agreements) == 7
    assert kept / 400 < 2000, "a scorecard has tens of thousands of bytes"
