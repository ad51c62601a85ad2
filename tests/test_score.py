"""Exact points, and what a student may be told of a hidden case."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import pytest

from grader.judge.score import score
from grader.judge.verdict import where
from grader.model import (
    Assignment,
    Case,
    Circumstances,
    Exercise,
    Explained,
    Extracted,
    Finding,
    Isolation,
    LeftOut,
    Mistake,
    MistakeText,
    OutputVerdict,
    Position,
    Problem,
    Scorecard,
    ScoredCase,
    ScoredOutput,
    Source,
    State,
    Verdict,
    Visibility,
)
from grader.wording import verbatim
from tests.builders import assignment, case, exercise, submission, verdict
from tests.conftest import BACKPROP, ROOT, Grade

_PASSED, _WRONG = State.PASSED, State.WRONG
_MISTAKES = {
    "mean": Mistake(
        text={
            "en": MistakeText(title="Divided by {number}", hints=("Sum.", "Do not divide.")),
            "es": MistakeText(title="Dividido por {number}", hints=("Suma.",)),
        }
    )
}
_MEAN = Finding(
    "Layer.dweights",
    "mean",
    verbatim("Your `Layer.dweights` is too small."),
    {"number": verbatim("3")},
)
_ONE = exercise({"Layer.dweights": 1})
_PLACE = Position(file="toy.py", cell=None, line=7)
_HOW = Circumstances(
    isolation=Isolation(tier="weak", layers=("rlimits",)),
    key_id="0123456789ab",
    versions={"grader": "0.1.0", "assignment": "0" * 64},
)


def of(id_: str, source: Source, weight: int | Fraction = 1, *, repeats: bool = False) -> Case:
    """Return a case from a source; public ones are shown, all others are hidden."""
    visibility = Visibility.PUBLIC if source is Source.PUBLIC else Visibility.HIDDEN
    return case(
        {}, id=id_, source=source, visibility=visibility, weight=Fraction(weight), repeats=repeats
    )


def public(id_: str = "public", weight: int = 1, *, repeats: bool = False) -> Case:
    return of(id_, Source.PUBLIC, weight, repeats=repeats)


def notebook(id_: str = "row") -> Case:
    return of(id_, Source.NOTEBOOK)


def fresh(id_: str = "fresh", weight: int | Fraction = 1, *, repeats: bool = False) -> Case:
    return of(id_, Source.FRESH, weight, repeats=repeats)


def marked(
    rows: Sequence[tuple[Case, State | Mapping[str, State]]],
    about: Exercise = _ONE,
    extracted: Extracted | None = None,
) -> Scorecard:
    """Return the scorecard of cases with the states of their outputs (by default, of the one)."""
    verdicts = [
        verdict(one.id, {"Layer.dweights": states} if isinstance(states, State) else states)
        for one, states in rows
    ]
    return scored(about, [one for one, _ in rows], verdicts, extracted)


def scored(  # noqa: PLR0913, PLR0917 - what a scorecard is made of
    about: Exercise | Assignment,
    cases: Sequence[Case],
    verdicts: Sequence[Verdict],
    extracted: Extracted | None = None,
    findings: Sequence[Finding] = (),
    nowhere_near: frozenset[str] = frozenset({"Layer.dweights"}),
) -> Scorecard:
    whole = about if isinstance(about, Assignment) else assignment(about, mistakes=_MISTAKES)
    # Right nowhere near the public cases, as far as that is asked.
    why = Explained(findings=tuple(findings), nowhere_near=nowhere_near)
    return score(whole, submission(), cases, verdicts, extracted or Extracted(), _HOW, why)


def shown(card: Scorecard, case_id: str) -> ScoredCase:
    return next(one for one in card.exercises[0].cases if one.id == case_id)


def output(card: Scorecard, case_id: str, name: str = "Layer.dweights") -> ScoredOutput:
    return next(one for one in shown(card, case_id).outputs if one.name == name)


# --- exact points ---------------------------------------------------------------------------------


def test_one_of_three_equal_cases_is_worth_a_third() -> None:
    card = marked([(fresh("a"), _PASSED), (fresh("b"), _WRONG), (fresh("c"), _WRONG)])

    assert card.points_exact == "1/3"


@pytest.mark.parametrize("count", [3, 7, 11, 13])
def test_all_cases_together_are_worth_exactly_the_points(count: int) -> None:
    thirds = exercise({"a.x": Fraction(1, 3), "a.y": Fraction(1, 3), "a.z": Fraction(1, 3)})
    rows = [(fresh(str(i)), dict.fromkeys(thirds.outputs, _PASSED)) for i in range(count)]
    card = marked(rows, thirds)

    assert (card.points_exact, card.points, card.max_points) == ("1", 1.0, 1.0)


def test_weights_share_an_output_out() -> None:
    card = marked([(public(weight=1), _WRONG), (fresh(weight=2), _PASSED)])

    assert card.points_exact == "2/3"
    assert output(card, "fresh").max_points == pytest.approx(2 / 3)


def test_a_weight_may_be_a_fraction() -> None:
    card = marked([(public(), _WRONG), (fresh(weight=Fraction(1, 3)), _PASSED)])

    assert card.points_exact == "1/4"


def test_an_output_is_shared_among_the_cases_that_judge_it() -> None:
    two = exercise({"a.x": 1, "a.y": 1})
    card = marked(
        [(fresh("both"), {"a.x": _WRONG, "a.y": _PASSED}), (fresh("x"), {"a.x": _PASSED})], two
    )

    assert card.points_exact == "3/2"


def test_what_was_given_to_students_is_worth_nothing() -> None:
    card = marked([(fresh(), {"Layer.output": _PASSED, "Layer.dweights": _WRONG})])

    assert card.points_exact == "0"
    assert output(card, "fresh", "Layer.output").max_points == 0


def test_exercises_add_up() -> None:
    second = exercise({"Layer.dbiases": 2}, id="second")
    cases = [fresh("a"), case({}, id="b", exercise="second", source=Source.FRESH)]
    verdicts = [
        verdict("a", {"Layer.dweights": _PASSED}),
        verdict("b", {"Layer.dbiases": _PASSED}),
    ]
    card = scored(assignment(_ONE, second), cases, verdicts)

    assert [one.points for one in card.exercises] == [1.0, 2.0]
    assert card.points_exact == "3"


@pytest.mark.parametrize("state", [one for one in State if one is not State.PASSED])
def test_only_what_passed_earns_points(state: State) -> None:
    card = marked([(fresh("a"), state), (fresh("b"), _PASSED)])

    assert output(card, "a").points == 0
    assert card.points_exact == "1/2"


def test_cases_and_verdicts_must_correspond() -> None:
    with pytest.raises(ValueError, match="shorter"):
        scored(_ONE, [public(), fresh()], [verdict("public", {"Layer.dweights": _PASSED})])


def test_the_stub_earns_nothing(grade: Grade) -> None:
    card = grade(BACKPROP / "layers.py").scorecard

    assert card.points_exact == "0"
    assert card.max_points == 10


# --- what forfeits an output ----------------------------------------------------------------------


@pytest.mark.parametrize("known", [public(), notebook()], ids=["public", "notebook"])
def test_known_numbers_alone_earn_nothing(known: Case) -> None:
    card = marked([(known, _PASSED), (fresh("a"), _WRONG), (fresh("b"), _WRONG)])

    assert card.points_exact == "0"
    assert "on no fresh ones" in (output(card, known.id).reason or "")


def test_one_fresh_case_that_is_right_is_enough() -> None:
    card = marked([(public(), _PASSED), (fresh("a"), _WRONG), (fresh("b"), _PASSED)])

    assert card.points_exact == "2/3"


def test_in_practice_known_numbers_count() -> None:
    assert marked([(public(), _PASSED)]).points_exact == "1"


def test_a_fault_of_the_machine_forfeits_nothing() -> None:
    card = marked([(public(), _PASSED), (fresh(), State.NOT_RUN)])

    assert output(card, "public").points == 0.5
    assert output(card, "public").reason is None


def test_a_repeated_call_that_answers_differently_costs_the_output() -> None:
    card = marked([(fresh("a"), _PASSED), (fresh("b", repeats=True), _WRONG)])

    assert card.points_exact == "0"
    assert "called again" in (output(card, "a").reason or "")


def test_one_repeat_that_goes_wrong_is_enough_where_single_calls_are_right() -> None:
    rows = [(public(repeats=True), _PASSED), (fresh("a"), _PASSED)]
    card = marked([*rows, (fresh("b", repeats=True), _WRONG)])

    assert card.points_exact == "0"


def test_an_output_that_is_wrong_anyway_is_not_said_to_change_its_answer() -> None:
    card = marked([(fresh("a"), _WRONG), (fresh("b", repeats=True), _WRONG), (public(), _WRONG)])

    assert not any("called again" in (output(card, id_).reason or "") for id_ in ("a", "b"))


def test_it_costs_that_output_alone() -> None:
    two = exercise({"a.x": 1, "a.y": 1})
    card = marked([(fresh(repeats=True), {"a.x": _WRONG, "a.y": _PASSED})], two)

    assert card.points_exact == "1"


def test_a_repeated_call_that_was_not_run_costs_nothing_more() -> None:
    card = marked([(fresh("a"), _PASSED), (fresh("b", repeats=True), State.NOT_RUN)])

    assert card.points_exact == "1/2"


def test_an_argument_changed_in_a_repeat_is_not_called_another_answer() -> None:
    both = exercise({"Layer.dweights": 1, "Layer.contract": 1})
    kept = {"Layer.dweights": _PASSED, "Layer.contract": _PASSED}
    card = marked(
        [(fresh("a"), kept), (fresh("b", repeats=True), kept | {"Layer.contract": _WRONG})], both
    )

    assert output(card, "b", "Layer.contract").points == 0
    assert "answers differently" not in (output(card, "a", "Layer.contract").reason or "")
    assert card.points == 1


def test_a_contract_is_not_earned_beside_an_output_that_is_forfeited() -> None:
    both = exercise({"Layer.dweights": 1, "Layer.contract": 1})
    kept = {"Layer.dweights": _PASSED, "Layer.contract": _PASSED}
    card = marked([(public(), kept), (fresh(), {"Layer.dweights": _WRONG})], both)

    assert card.points_exact == "0"


# --- hard-coded -----------------------------------------------------------------------------------


def hard_coded(rows: Sequence[tuple[Case, State]]) -> list[tuple[str, str]]:
    return [(one.id, one.output) for one in marked(rows).diagnoses]


def test_right_on_all_known_and_wrong_on_all_fresh_is_hard_coded() -> None:
    rows = [(public(), _PASSED), (notebook(), _PASSED), (fresh("a"), _WRONG), (fresh("b"), _WRONG)]

    assert hard_coded(rows) == [("hard-coded", "Layer.dweights")]


def test_once_is_no_evidence() -> None:
    assert hard_coded([(public(), _PASSED), (fresh("a"), _WRONG), (fresh("b"), _WRONG)]) == []
    assert hard_coded([(public(), _PASSED), (notebook(), _PASSED), (fresh(), _WRONG)]) == []


@pytest.mark.parametrize("state", [State.ERROR, State.BLOCKED, State.NOT_RUN, State.PASSED])
def test_fresh_cases_that_are_not_all_wrong_are_no_evidence(state: State) -> None:
    rows = [(public(), _PASSED), (notebook(), _PASSED), (fresh("a"), _WRONG), (fresh("b"), state)]

    assert hard_coded(rows) == []


def test_a_known_case_that_fails_is_no_evidence() -> None:
    rows = [(public(), _WRONG), (notebook(), _PASSED), (fresh("a"), _WRONG), (fresh("b"), _WRONG)]

    assert hard_coded(rows) == []


def test_what_is_right_beside_the_published_numbers_is_not_known_by_heart() -> None:
    rows = [(public(), _PASSED), (notebook(), _PASSED), (fresh("a"), _WRONG), (fresh("b"), _WRONG)]
    cases = [one for one, _ in rows]
    verdicts = [verdict(one.id, {"Layer.dweights": state}) for one, state in rows]

    assert scored(_ONE, cases, verdicts, nowhere_near=frozenset()).diagnoses == ()
    assert len(scored(_ONE, cases, verdicts).diagnoses) == 1


def test_the_assignment_may_word_it_itself() -> None:
    rows = [(public(), _PASSED), (notebook(), _PASSED), (fresh("a"), _WRONG), (fresh("b"), _WRONG)]
    cases = [one for one, _ in rows]
    words = Mistake(text={"en": MistakeText(title="Own words", hints=("…",))})
    own = assignment(_ONE, mistakes={"hard-coded": words})
    verdicts = [verdict(one.id, {"Layer.dweights": state}) for one, state in rows]
    card = scored(own, cases, verdicts)

    assert card.diagnoses[0].title == "Own words"


# --- what is told of hidden cases -----------------------------------------------------------------


@pytest.mark.parametrize("state", [one for one in State if one is not State.PASSED])
def test_a_hidden_reason_never_quotes_the_verdict(state: State) -> None:
    told = OutputVerdict(
        name="Layer.dweights", state=state, reason=verbatim("it is 4711"), because="a.x"
    )
    hidden = verdict("fresh", {"Layer.dweights": state}, outputs=(told,))
    reason = output(scored(_ONE, [fresh()], [hidden]), "fresh").reason

    assert reason
    assert "4711" not in reason


def test_a_public_reason_does() -> None:
    assert output(marked([(public(), _WRONG)]), "public").reason == "it is 4711"


def test_a_blocked_output_says_what_it_waits_for() -> None:
    waiting = OutputVerdict(name="Layer.dweights", state=State.BLOCKED, because="Layer.output")
    shown = verdict("public", {"Layer.dweights": State.BLOCKED}, outputs=(waiting,))

    assert output(scored(_ONE, [public()], [shown]), "public").reason == "waits for Layer.output"


def test_a_hidden_blocked_output_does_not_say_what_it_waits_for() -> None:
    waiting = OutputVerdict(name="Layer.dweights", state=State.BLOCKED, because="4711")
    hidden = verdict("fresh", {"Layer.dweights": State.BLOCKED}, outputs=(waiting,))

    reason = output(scored(_ONE, [fresh()], [hidden]), "fresh").reason
    assert reason == "waits for another output"


def test_what_passed_has_no_reason() -> None:
    assert output(marked([(fresh(), _PASSED)]), "fresh").reason is None


_PROBLEM = Problem(type="ValueError", message="4711", position=_PLACE)
_FAILS = {"Layer.dweights": State.ERROR}


def test_the_place_of_an_error_is_told_of_public_cases_alone() -> None:
    verdicts = [verdict(one, _FAILS, problem=_PROBLEM) for one in ("public", "fresh")]
    card = scored(_ONE, [public(), fresh()], verdicts)
    at = shown(card, "public").error

    assert at is not None
    assert (at.type, at.file, at.cell, at.line) == ("ValueError", "toy.py", None, 7)
    assert shown(card, "fresh").error is None


def test_an_exception_of_ones_own_is_not_named() -> None:
    own = Problem(type="", message="4711", position=None)
    at = shown(scored(_ONE, [public()], [verdict("public", _FAILS, problem=own)]), "public").error

    assert at is not None
    assert (at.type, at.line) == ("an exception of your own", None)


def test_the_words_of_an_exception_are_in_no_scorecard() -> None:
    card = scored(_ONE, [fresh()], [verdict("fresh", _FAILS, problem=_PROBLEM)])

    assert "4711" not in str(card)


def test_a_hidden_case_names_no_mistake() -> None:
    wrong = {"Layer.dweights": _WRONG}
    cases = [public(), fresh()]
    card = scored(_ONE, cases, [verdict(one.id, wrong) for one in cases], findings=[_MEAN])

    assert shown(card, "fresh").diagnosis is None
    assert shown(card, "public").diagnosis == card.diagnoses[0]


def test_a_mistake_is_told_in_words_with_what_was_observed_first() -> None:
    card = scored(_ONE, [fresh()], [verdict("fresh", {"Layer.dweights": _WRONG})], None, [_MEAN])

    (told,) = card.diagnoses
    assert (told.id, told.title) == ("mean", "Divided by 3")
    assert told.hint == "Your `Layer.dweights` is too small. Sum."


def test_the_words_are_in_the_language_of_the_assignment() -> None:
    whole = assignment(_ONE, mistakes=_MISTAKES, language="es")
    verdicts = [verdict("public", {"Layer.dweights": _WRONG})]

    assert scored(whole, [public()], verdicts, None, [_MEAN]).diagnoses[0].title == "Dividido por 3"


def test_a_mistake_seen_twice_is_listed_once() -> None:
    verdicts = [verdict(id_, {"Layer.dweights": _WRONG}) for id_ in ("a", "b")]
    card = scored(_ONE, [public("a"), public("b")], verdicts, None, [_MEAN])

    assert len(card.diagnoses) == 1


def test_what_is_observed_of_an_unnamed_failure_is_told_of_public_cases_alone() -> None:
    seen = Finding(
        "Layer.dweights", None, verbatim("Your `Layer.dweights` is off by 4711 everywhere.")
    )
    cases = [public(), fresh()]
    verdicts = [verdict(one.id, {"Layer.dweights": _WRONG}) for one in cases]
    card = scored(_ONE, cases, verdicts, None, [seen])

    assert "off by 4711" in str(output(card, "public").reason)
    assert output(card, "fresh").reason == "has wrong values on inputs that are not shown"
    assert card.diagnoses == ()


# --- notes ----------------------------------------------------------------------------------------


def left_out(number: int) -> LeftOut:
    return LeftOut(what="loop", why=f"for {number}", position=_PLACE)


def test_what_did_not_run_is_noted_with_its_place() -> None:
    card = marked([(fresh(), _PASSED)], extracted=Extracted(dropped=(left_out(1),)))

    assert card.notes == ("not run: loop `for 1` (toy.py, line 7)",)


def test_a_long_list_of_what_did_not_run_is_cut() -> None:
    dropped = tuple(left_out(i) for i in range(30))
    card = marked([(fresh(), _PASSED)], extracted=Extracted(dropped=dropped))

    assert len(card.notes) == 13
    assert card.notes[-1] == "not run: 18 more statements at the top level"


def test_a_file_that_is_no_python_is_noted() -> None:
    problem = Problem(type="SyntaxError", message="invalid syntax", position=_PLACE)
    card = marked([(fresh(), State.ERROR)], extracted=Extracted(unreadable=(problem,)))

    assert card.notes == ("cannot be read as Python: invalid syntax (toy.py, line 7)",)


def test_notes_of_public_cases_are_told_once_and_of_hidden_ones_never() -> None:
    wrong = {"Layer.dweights": _PASSED}
    verdicts = [
        verdict("a", wrong, notes=(verbatim("single precision"),)),
        verdict("b", wrong, notes=(verbatim("single precision"),)),
        verdict("fresh", wrong, notes=("hidden",)),
    ]
    card = scored(_ONE, [public("a"), public("b"), fresh()], verdicts)

    assert card.notes == ("single precision",)


@pytest.mark.parametrize(
    ("cell", "words"), [(None, "line 7"), (3, "code cell 3, line 7")], ids=["file", "notebook"]
)
def test_a_position_is_told_in_words(cell: int | None, words: str) -> None:
    assert str(where(Position(file="toy.ipynb", cell=cell, line=7))) == words


def test_a_scorecard_says_what_it_was_made_of() -> None:
    card = marked([(fresh(), _PASSED)])

    assert (card.schema, card.assignment, card.key_id) == (
        "grader/scorecard/1",
        "toy",
        "0123456789ab",
    )
    assert (card.submission.name, card.submission.student) == ("toy.py", "anna")
    assert (card.isolation, card.versions) == (_HOW.isolation, _HOW.versions)


def test_the_reference_earns_everything(grade: Grade) -> None:
    reference = ROOT / "solutions" / "backprop" / "layers.py"

    assert grade(reference).scorecard.points_exact == "10"
