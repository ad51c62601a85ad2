"""From what came of running a case to what is said of its outputs."""

from collections.abc import Mapping

import msgspec
import numpy as np
import pytest
from numpy.typing import ArrayLike

from grader.judge.verdict import answered, judge
from grader.model import (
    Case,
    Definition,
    Ending,
    Exercise,
    Extracted,
    Outcome,
    OutputVerdict,
    Position,
    Problem,
    Seen,
    State,
    Value,
    Verdict,
)
from grader.wording import verbatim
from tests.builders import case, exercise, outcome, program, value

_RIGHT = {"Layer.output": [1.0], "Layer.dweights": [2.0], "Layer.dbiases": [3.0]}
_EXERCISE = exercise({"Layer.dweights": 2, "Layer.dbiases": 1})
_WITH_CONTRACT = exercise({"Layer.dweights": 2, "Layer.dbiases": 1, "Layer.contract": 1})
_PLACE = Position(file="toy.py", cell=None, line=7)
_CHAIN = """
    layer = Layer(n)
    relu = Relu()
    layer.forward(X)
    layer.output
    relu.forward(layer.output)
    relu.output
    relu.backward(D)
    relu.dinputs
    layer.backward(relu.dinputs)
    layer.dweights
"""
_CHAIN_RIGHT = {
    "Layer.output": [1.0],
    "Relu.output": [2.0],
    "Relu.dinputs": [3.0],
    "Layer.dweights": [4.0],
}
_STEP = {"Layer.new": "layer.weights - rate * layer.dweights"}
_STEP_TEXT = "layer = Layer()\nlayer.backward(D)\nlayer.weights\nlayer.dweights"


def arrived(changes: Mapping[str, ArrayLike | None], right: Mapping[str, ArrayLike]) -> Outcome:
    """Return an outcome with the right arrays, but for changes; None leaves one out."""
    arrays = {**right, **changes}
    there = {name: value(array) for name, array in arrays.items() if array is not None}
    gone = tuple(name for name, array in arrays.items() if array is None)
    return outcome(there, missing=gone)


def judged(
    came: Outcome,
    of: Case | None = None,
    about: Exercise = _EXERCISE,
    extracted: Extracted | None = None,
) -> Verdict:
    return judge(of or case(_RIGHT), came, about, extracted or Extracted())


def states(verdict: Verdict) -> dict[str, State]:
    return {one.name: one.state for one in verdict.outputs}


def output(verdict: Verdict, name: str) -> OutputVerdict:
    return next(one for one in verdict.outputs if one.name == name)


def found(*names: str) -> Extracted:
    definitions = tuple(
        Definition(name=name, kind="class", position=_PLACE, end_line=9) for name in names
    )
    return Extracted(found=definitions)


def step_case(expected: ArrayLike, *, rate: float = 0.5) -> Case:
    """Return a case with an output that is computed on the trusted side."""
    made = program(_STEP_TEXT, _STEP)
    right = {"Layer.new": expected}
    return case(right, program=made, given={"rate": rate})


# --- right and wrong ------------------------------------------------------------------------------


def test_equal_arrays_pass() -> None:
    verdict = judged(arrived({}, _RIGHT))

    assert verdict.state is State.PASSED
    assert set(states(verdict).values()) == {State.PASSED}


def test_a_case_with_one_wrong_output_is_wrong() -> None:
    verdict = judged(arrived({"Layer.dbiases": [9.0]}, _RIGHT))

    assert verdict.state is State.WRONG
    assert states(verdict) == {
        "Layer.output": State.PASSED,
        "Layer.dweights": State.PASSED,
        "Layer.dbiases": State.WRONG,
    }


def test_a_wrong_output_says_what_differs() -> None:
    verdict = judged(arrived({"Layer.dbiases": [9.0]}, _RIGHT))

    assert str(output(verdict, "Layer.dbiases").reason) == "at [0] it is 9, expected 3"


def test_an_output_that_is_not_set_is_missing() -> None:
    verdict = judged(arrived({"Layer.dbiases": None}, _RIGHT))

    assert output(verdict, "Layer.dbiases").state is State.MISSING
    assert str(output(verdict, "Layer.dbiases").reason) == "dbiases of Layer is not set"


def test_a_method_that_gives_nothing_back_is_told_as_that() -> None:
    right = {"Layer.backward": [1.0]}
    own = case(right, "layer = Layer(n)\ny = layer.backward(D)\ny")

    verdict = judged(arrived({"Layer.backward": None}, right), own)

    assert str(output(verdict, "Layer.backward").reason) == "it gives nothing back"


def test_an_answer_that_leaves_an_output_out_passes_nothing() -> None:
    came = outcome({"Layer.output": value([1.0])})

    assert judged(came).state is State.MISSING


def test_an_output_that_nobody_asked_for_is_ignored() -> None:
    came = arrived({"Layer.points": [100.0]}, _RIGHT)

    assert "Layer.points" not in states(judged(came))


def test_single_precision_is_noted() -> None:
    came = arrived({"Layer.dweights": np.array([2.0], "f4")}, _RIGHT)
    verdict = judged(came)

    assert verdict.state is State.PASSED
    assert tuple(map(str, verdict.notes)) == (
        "Layer.dweights is float32: compared at single precision",
    )


def test_what_rests_on_single_precision_is_compared_so() -> None:
    came = arrived({"Layer.output": np.array([1.0], "f4"), "Layer.dweights": [2.00005]}, _RIGHT)

    assert output(judged(came), "Layer.dweights").state is State.PASSED


# --- how a whole case ends ------------------------------------------------------------------------

_ENDINGS = [
    (Ending.NOT_RUN, State.NOT_RUN),
    (Ending.CRASHED, State.CRASHED),
    (Ending.OUT_OF_MEMORY, State.OUT_OF_MEMORY),
    (Ending.TIMED_OUT, State.TIMED_OUT),
    (Ending.FLOODED, State.FLOODED),
    (Ending.RAISED, State.ERROR),
]


@pytest.mark.parametrize(("ending", "state"), _ENDINGS)
def test_an_ending_without_answers_is_told_of_the_case(ending: Ending, state: State) -> None:
    verdict = judged(outcome(ending=ending, reason=verbatim("it ended")))

    assert verdict.state is state
    assert output(verdict, "Layer.output").state is state


def test_every_ending_is_judged() -> None:
    covered = {ending for ending, _ in _ENDINGS} | {Ending.ANSWERED, Ending.MISSING}

    assert covered == set(Ending)


@pytest.mark.parametrize("ending", [ending for ending, _ in _ENDINGS])
def test_no_ending_without_arrays_passes_anything(ending: Ending) -> None:
    assert State.PASSED not in states(judged(outcome(ending=ending))).values()


def test_an_ending_says_why() -> None:
    verdict = judged(
        outcome(ending=Ending.TIMED_OUT, reason=verbatim("it was still computing after 0.5 s"))
    )

    assert str(output(verdict, "Layer.output").reason) == "it was still computing after 0.5 s"


@pytest.mark.parametrize("ending", [Ending.NOT_RUN, Ending.CRASHED])
def test_a_whole_ending_is_told_of_every_output(ending: Ending) -> None:
    verdict = judged(outcome(ending=ending))

    assert set(states(verdict).values()) == {State(ending.value)}


def test_what_arrived_before_the_end_is_judged_by_itself() -> None:
    came = outcome({"Layer.output": value([1.0])}, ending=Ending.OUT_OF_MEMORY)

    assert states(judged(came)) == {
        "Layer.output": State.PASSED,
        "Layer.dweights": State.OUT_OF_MEMORY,
        "Layer.dbiases": State.OUT_OF_MEMORY,
    }


def test_an_exception_costs_what_was_not_read_yet() -> None:
    problem = Problem(type="ValueError", message="no", position=_PLACE)
    came = outcome({"Layer.output": value([1.0])}, ending=Ending.RAISED, problem=problem)
    verdict = judged(came)

    assert output(verdict, "Layer.output").state is State.PASSED
    assert output(verdict, "Layer.dweights").state is State.ERROR
    assert str(output(verdict, "Layer.dweights").reason) == "ValueError: no"
    assert verdict.problem == problem


def test_an_exception_of_ones_own_has_no_name() -> None:
    problem = Problem(type="", message="secret", position=None)
    verdict = judged(outcome(ending=Ending.RAISED, problem=problem))

    assert str(output(verdict, "Layer.output").reason) == "an exception of your own: secret"


def test_a_case_that_passes_has_no_problem() -> None:
    assert judged(arrived({}, _RIGHT)).problem is None


def test_states_are_ordered_worst_first() -> None:
    assert list(State) == [
        State.NOT_RUN,
        State.CRASHED,
        State.OUT_OF_MEMORY,
        State.TIMED_OUT,
        State.FLOODED,
        State.ERROR,
        State.MISSING,
        State.BLOCKED,
        State.WRONG,
        State.PASSED,
    ]


def test_the_state_of_a_case_is_its_worst_one() -> None:
    came = arrived({"Layer.dweights": [9.0], "Layer.dbiases": None}, _RIGHT)

    assert judged(came).state is State.MISSING


# --- blocked --------------------------------------------------------------------------------------


def test_a_broken_forward_blocks_backward() -> None:
    verdict = judged(arrived({"Layer.output": [9.0]}, _RIGHT))

    assert states(verdict)["Layer.output"] is State.WRONG
    assert output(verdict, "Layer.dweights") == OutputVerdict(
        name="Layer.dweights", state=State.BLOCKED, because="Layer.output"
    )


def test_even_right_arrays_are_blocked_by_a_broken_forward() -> None:
    verdict = judged(arrived({"Layer.output": [9.0]}, _RIGHT))

    assert State.PASSED not in states(verdict).values()


def test_a_chain_is_blocked_by_its_first_cause() -> None:
    came = arrived({"Relu.output": [9.0], "Relu.dinputs": [9.0]}, _CHAIN_RIGHT)
    verdict = judged(came, case(_CHAIN_RIGHT, _CHAIN))
    causes = {one.name: one.because for one in verdict.outputs}

    assert causes == {
        "Layer.output": None,
        "Relu.output": None,
        "Relu.dinputs": "Relu.output",
        "Layer.dweights": "Relu.output",
    }


def test_a_whole_ending_is_not_hidden_behind_a_block() -> None:
    came = outcome({"Layer.output": value([9.0])}, ending=Ending.OUT_OF_MEMORY)

    assert output(judged(came), "Layer.dweights").state is State.OUT_OF_MEMORY


def test_an_output_is_not_blocked_by_one_that_is_not_judged() -> None:
    rest = {name: array for name, array in _RIGHT.items() if name != "Layer.output"}

    assert judged(arrived({"Layer.output": [9.0]}, _RIGHT), case(rest)).state is State.PASSED


# --- definitions that are not there ---------------------------------------------------------------


def test_a_missing_class_is_told_once() -> None:
    names = ("Layer.output", "Layer.dweights", "Layer.dbiases")
    verdict = judged(outcome(ending=Ending.MISSING, missing=names, absent="Layer"))

    assert output(verdict, "Layer.output").state is State.MISSING
    assert str(output(verdict, "Layer.output").reason) == "there is no Layer"
    assert output(verdict, "Layer.dweights").because == "Layer.output"


@pytest.mark.parametrize("near", ["layer", "LAYER", "Lay_er", "Layr"])
def test_a_near_name_is_pointed_out(near: str) -> None:
    came = outcome(ending=Ending.MISSING, absent="Layer")
    verdict = judged(came, extracted=found("Unrelated", near))

    assert f"Found `{near}`: did you mean `Layer`?" in str(output(verdict, "Layer.output").reason)


def test_a_missing_method_is_looked_for_in_its_own_class() -> None:
    came = outcome({"Layer.output": value([1.0])}, ending=Ending.MISSING, absent="Layer.backward")
    verdict = judged(came, extracted=found("Layer", "Layer.backwards", "Relu.backward"))

    assert "Found `backwards`" in str(output(verdict, "Layer.dweights").reason)


def test_a_definition_that_failed_says_why() -> None:
    problem = Problem(type="NameError", message="its base class Base is not there", position=None)
    came = outcome(ending=Ending.MISSING, absent="Layer")
    verdict = judged(came, extracted=Extracted(failed={"Layer": problem}))

    assert "its base class Base is not there" in str(output(verdict, "Layer.output").reason)
    assert verdict.problem == problem


def test_a_file_that_is_no_python_is_an_error() -> None:
    problem = Problem(type="SyntaxError", message="invalid syntax", position=_PLACE)
    came = outcome(ending=Ending.MISSING, absent="Layer")
    verdict = judged(came, extracted=Extracted(unreadable=(problem,)))

    assert verdict.state is State.ERROR
    assert verdict.problem == problem


def test_a_method_of_one_class_blocks_the_outputs_of_another() -> None:
    gone = tuple(_CHAIN_RIGHT)
    came = outcome(ending=Ending.MISSING, missing=gone, absent="Relu.forward")
    verdict = judged(came, case(_CHAIN_RIGHT, _CHAIN))

    causes = {one.name: one.because for one in verdict.outputs if one.state is State.BLOCKED}
    assert causes == dict.fromkeys(
        ["Layer.output", "Relu.dinputs", "Layer.dweights"], "Relu.forward"
    )


def test_a_missing_class_blocks_the_outputs_of_another() -> None:
    gone = tuple(_CHAIN_RIGHT)
    came = outcome(ending=Ending.MISSING, missing=gone, absent="Relu")
    verdict = judged(came, case(_CHAIN_RIGHT, _CHAIN))

    assert output(verdict, "Layer.output").state is State.BLOCKED
    assert output(verdict, "Layer.output").because == "Relu"


# --- derived outputs ------------------------------------------------------------------------------


def test_a_derived_output_is_computed_from_what_was_read() -> None:
    came = outcome({"Layer.weights": value([2.0]), "Layer.dweights": value([1.0])})

    assert judged(came, step_case([1.5])).state is State.PASSED


def test_what_came_of_a_derived_output_is_an_array_or_nothing() -> None:
    read = {"Layer.weights": value([2.0]), "Layer.dweights": value([5.0])}
    none = {**read, "Layer.dweights": Value(kind="list of 1", array=None)}
    short = {**read, "Layer.dweights": value([1.0, 2.0, 3.0]), "Layer.weights": value([1.0, 2.0])}

    came = answered(step_case([1.5]), outcome(read), "Layer.new")
    assert came is not None
    assert came.array is not None
    assert came.array.tolist() == [-0.5]
    assert answered(step_case([1.5]), outcome(read), "Layer.weights") is read["Layer.weights"]
    for outputs in (none, short, {}):
        assert answered(step_case([1.5]), outcome(outputs), "Layer.new") is None


def test_a_derived_output_can_be_wrong() -> None:
    came = outcome({"Layer.weights": value([2.0]), "Layer.dweights": value([5.0])})

    assert judged(came, step_case([1.5])).state is State.WRONG


def test_a_derived_output_misses_what_its_operand_misses() -> None:
    came = outcome({"Layer.weights": value([2.0])}, missing=("Layer.dweights",))

    assert judged(came, step_case([1.5])).state is State.MISSING


def test_a_derived_output_ends_as_its_operand_does() -> None:
    assert judged(outcome(ending=Ending.CRASHED), step_case([1.5])).state is State.CRASHED


def test_a_derived_output_of_no_array_is_wrong() -> None:
    came = outcome(
        {"Layer.weights": value([2.0]), "Layer.dweights": Value(kind="list of 1", array=None)}
    )
    verdict = judged(came, step_case([1.5]))

    assert str(output(verdict, "Layer.new").reason) == "Layer.dweights is no array"


def test_a_derived_output_whose_shapes_do_not_fit_is_wrong() -> None:
    came = outcome({"Layer.weights": value([1.0, 2.0]), "Layer.dweights": value([1.0, 2.0, 3.0])})

    assert judged(came, step_case([1.0, 2.0])).state is State.WRONG


def test_a_derived_output_is_not_saved_by_broadcasting() -> None:
    came = outcome({"Layer.weights": value([[2.0, 2.0]]), "Layer.dweights": value([1.0, 1.0])})

    assert judged(came, step_case([[1.5, 1.5]])).state is State.WRONG


def test_arrays_that_would_broadcast_to_a_huge_one_are_wrong() -> None:
    column, row = np.zeros((1 << 24, 1), np.int8), np.zeros((1, 1 << 24), np.int8)
    came = outcome({"Layer.weights": value(column), "Layer.dweights": value(row)})

    assert judged(came, step_case([1.5])).state is State.WRONG


def test_truth_values_that_cannot_be_subtracted_are_wrong() -> None:
    made = program(_STEP_TEXT, {"Layer.new": "layer.weights - layer.dweights"})
    came = outcome({"Layer.weights": value([True]), "Layer.dweights": value([True])})

    assert judged(came, case({"Layer.new": [1.5]}, program=made)).state is State.WRONG


def test_a_derived_output_may_rest_on_another() -> None:
    made = program(_STEP_TEXT, {**_STEP, "Layer.twice": "2 * layer.new"})
    right = {"Layer.new": [1.5], "Layer.twice": [3.0]}
    came = outcome({"Layer.weights": value([2.0]), "Layer.dweights": value([1.0])})

    assert judged(came, case(right, program=made, given={"rate": 0.5})).state is State.PASSED


# --- the contract ---------------------------------------------------------------------------------


def contract(came: Outcome) -> OutputVerdict:
    return output(judged(came, about=_WITH_CONTRACT), "Layer.contract")


def with_seen(seen: Seen) -> Outcome:
    there = {name: value(array) for name, array in _RIGHT.items()}
    return outcome(there, seen=seen)


def test_a_kept_contract_passes() -> None:
    assert contract(with_seen(Seen())).state is State.PASSED


def test_a_changed_argument_breaks_it() -> None:
    verdict = contract(with_seen(Seen(changed={"D": value([0.0]), "B": value([0.0])})))

    assert verdict.state is State.WRONG
    assert str(verdict.reason).endswith("changed: B, D")


def test_global_random_numbers_break_it() -> None:
    verdict = contract(with_seen(Seen(random=("Layer.backward",))))

    assert verdict.state is State.WRONG
    assert str(verdict.reason) == "Layer.backward draws random numbers"


def test_a_broken_contract_leaves_the_values_alone() -> None:
    came = with_seen(Seen(changed={"D": value([0.0])}))
    verdict = judged(came, about=_WITH_CONTRACT)

    assert verdict.state is State.WRONG
    assert states(verdict)["Layer.dweights"] is State.PASSED


def test_it_waits_for_right_values() -> None:
    verdict = contract(arrived({"Layer.dweights": [9.0]}, _RIGHT))

    assert (verdict.state, verdict.because) == (State.BLOCKED, "Layer.dweights")


def test_it_waits_for_what_the_values_wait_for() -> None:
    assert contract(arrived({"Layer.output": [9.0]}, _RIGHT)).because == "Layer.output"


def test_a_waiting_contract_does_not_worsen_the_case() -> None:
    verdict = judged(arrived({"Layer.dweights": [9.0]}, _RIGHT), about=_WITH_CONTRACT)

    assert verdict.state is State.WRONG


@pytest.mark.parametrize("ending", [Ending.NOT_RUN, Ending.CRASHED, Ending.TIMED_OUT])
def test_it_ends_as_a_whole_case_does(ending: Ending) -> None:
    assert contract(outcome(ending=ending)).state is State(ending.value)


def test_it_is_not_judged_where_students_write_nothing() -> None:
    given = case({"Layer.output": [1.0]}, "layer = Layer(n)\nlayer.forward(X)\nlayer.output")
    verdict = judged(outcome({"Layer.output": value([1.0])}), given, _WITH_CONTRACT)

    assert "Layer.contract" not in states(verdict)


def test_it_is_not_earned_where_no_value_of_points_is_judged() -> None:
    given = case({"Layer.output": [1.0]})
    verdict = judged(outcome({"Layer.output": value([1.0])}), given, _WITH_CONTRACT)

    assert states(verdict).get("Layer.contract") is not State.PASSED


def test_an_output_that_must_be_owned_may_share_no_memory_with_an_argument() -> None:
    owned = msgspec.structs.replace(_WITH_CONTRACT, owned=("Layer.dweights",))
    there = {name: value(array) for name, array in _RIGHT.items()}
    came = outcome(there, seen=Seen(shares={"Layer.dweights": ("D",)}))

    told = judge(case(_RIGHT), came, owned, Extracted()).outputs[-1]

    assert (told.name, told.state) == ("Layer.contract", State.WRONG)
    assert "Layer.dweights is the caller's own array" in str(told.reason)


def test_others_may() -> None:
    there = {name: value(array) for name, array in _RIGHT.items()}
    came = outcome(there, seen=Seen(shares={"Layer.dweights": ("D",)}))

    assert judge(case(_RIGHT), came, _WITH_CONTRACT, Extracted()).state is State.PASSED
