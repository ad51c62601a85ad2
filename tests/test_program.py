"""Programs: five forms, quoted errors, and what rests on what."""

import pytest

from grader.errors import AssignmentError
from grader.model import (
    Argument,
    AttributeArgument,
    Call,
    ConstantArgument,
    Construct,
    GivenArgument,
    Read,
    ResultArgument,
    Set,
    Signature,
)
from grader.program import Vocabulary, operands
from tests.builders import BACKWARD, program

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
    layer.weights
"""


def vocabulary(
    aliases: dict[str, tuple[str, ...]] | None = None,
    accepts: dict[str, tuple[tuple[str, ...], ...]] | None = None,
    extra: dict[str, bool | int | float] | None = None,
) -> Vocabulary:
    return Vocabulary(
        classes=("Layer", "Relu"),
        functions=("mse",),
        watched=("Relu.backward",),
        aliases=aliases or {},
        accepts=accepts or {},
        extra=extra or {},
    )


def refused(text: str) -> str:
    with pytest.raises(AssignmentError) as caught:
        program(text)
    return caught.value.message


# --- the five forms -------------------------------------------------------------------------------


def test_a_construction_is_read() -> None:
    (step,) = program("layer = Layer(n, 3)").steps

    assert step == Construct(
        object="layer",
        cls="Layer",
        names=("Layer",),
        arguments=(GivenArgument(name="n"), ConstantArgument(value=3)),
        signature=Signature(accepts=((0, 1),)),
    )


def test_a_setting_is_read() -> None:
    _, step = program("layer = Layer()\nlayer.weights = W").steps

    assert step == Set(object="layer", attribute="weights", value=GivenArgument(name="W"))


def test_a_method_call_is_read() -> None:
    _, step = program("relu = Relu()\nrelu.backward(D)").steps

    assert step == Call(
        object="relu",
        callee="Relu.backward",
        names=("backward",),
        arguments=(GivenArgument(name="D"),),
        signature=Signature(accepts=((0,),)),
        result=None,
        watched=True,
    )


def test_a_function_call_is_read_and_its_result_kept() -> None:
    (step,) = program("loss = mse(X, D)").steps

    assert isinstance(step, Call)
    assert (step.object, step.callee, step.result, step.watched) == (None, "mse", "loss", False)


def test_a_method_may_return_a_result() -> None:
    _, step, read = program("layer = Layer()\ny = layer.forward(X)\ny").steps

    assert isinstance(step, Call)
    assert step.result == "y"
    assert read == Read(object="y", attribute=None, names=(), output="Layer.forward")


def test_values_that_are_given_back_together_are_kept_one_by_one() -> None:
    call, read, other = program("loss, slope = mse(X, D)\nslope\nloss").steps

    assert isinstance(call, Call)
    assert (call.result, call.parts) == (None, ("loss", "slope"))
    assert read == Read(object="slope", attribute=None, names=(), output="mse.slope")
    assert isinstance(other, Read)
    assert other.output == "mse.loss"


def test_values_of_a_method_are_outputs_of_its_class() -> None:
    text = "layer = Layer()\na, b = layer.forward(X)\na\nlayer.backward(a)\nlayer.dweights"

    assert program(text).needs == {"Layer.a": (), "Layer.dweights": ("Layer.a",)}


def test_an_attribute_is_read() -> None:
    _, step = program("layer = Layer()\nlayer.output").steps

    assert step == Read(
        object="layer", attribute="output", names=("output",), output="Layer.output"
    )


def test_a_result_is_read_under_the_name_of_its_function() -> None:
    _, step = program("loss = mse(X, D)\nloss").steps

    assert step == Read(object="loss", attribute=None, names=(), output="mse")


@pytest.mark.parametrize(
    ("written", "argument"),
    [
        ("X", GivenArgument(name="X")),
        ("relu.output", AttributeArgument(object="relu", attribute="output")),
        ("loss", ResultArgument(name="loss")),
        ("relu", ResultArgument(name="relu")),
        ("-0.5", ConstantArgument(value=-0.5)),
        ("True", ConstantArgument(value=True)),
    ],
)
def test_an_argument_is_one_of_four_kinds(written: str, argument: Argument) -> None:
    *_, step = program(f"relu = Relu()\nloss = mse(X, D)\nrelu.forward({written})").steps

    assert isinstance(step, Call)
    assert step.arguments == (argument,)


def test_only_what_students_write_is_watched() -> None:
    calls = [step for step in program(BACKWARD).steps if isinstance(step, Call)]

    assert [(call.callee, call.watched) for call in calls] == [
        ("Layer.forward", False),
        ("Layer.backward", True),
    ]


def test_a_program_knows_the_classes_of_its_objects() -> None:
    assert program(_CHAIN).objects == {"layer": "Layer", "relu": "Relu"}


# --- what is no step ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "layer.forward(X=X)",
        "layer.forward(*X)",
        "layer.forward(X + 1)",
        "layer.forward(Y)",
        "layer.forward([1, 2])",
        "layer.forward('text')",
        "layer.forward(None)",
        "layer.forward(W.T)",
        "other.forward(X)",
        "layer.weights[0]",
        "layer.weights.T",
        "layer.output = X + 1",
        "layer.a = layer.b = X",
        "other = Other()",
        "print(X)",
        "Y = X",
        "X",
        "n",
        "import os",
        "for i in X: layer.forward(i)",
        "(lambda: layer)()",
        "layer.weights += W",
    ],
)
def test_what_is_no_step_is_refused(line: str) -> None:
    with pytest.raises(AssignmentError):
        program(f"layer = Layer()\n{line}")


@pytest.mark.parametrize(
    ("line", "quoted"),
    [
        ("layer.forward(X=X)", "layer.forward(X=X)"),
        ("Y = X", "Y = X"),
        ("layer.forward(X + 1)", "X + 1"),
        ("for i in X: layer.forward(i)", "for i in X:"),
    ],
)
def test_an_error_quotes_what_cannot_be_read(line: str, quoted: str) -> None:
    assert quoted in refused(f"layer = Layer()\n{line}\nlayer.output")


def test_a_line_that_is_no_python_is_quoted_too() -> None:
    assert "layer.forward(X" in refused("layer = Layer()\nlayer.forward(X\nlayer.output")


def test_an_object_is_known_only_after_it_is_made() -> None:
    assert "layer.forward(X)" in refused("layer.forward(X)\nlayer = Layer()")


def test_reading_an_output_twice_is_an_error() -> None:
    assert "twice" in refused("layer = Layer()\nlayer.output\nlayer.forward(X)\nlayer.output")


def test_reading_it_of_two_objects_of_a_class_is_one_too() -> None:
    assert "twice" in refused("a = Layer()\nb = Layer()\na.output\nb.output")


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("layer.forward(X=X)", "give all arguments by position"),
        ("a, a = mse(X, D)", "give each value a name of its own"),
        ("a, layer.b = mse(X, D)", "give each value a name of its own"),
        ("layer.forward(Y)", "list Y in the program's given"),
        ("other = Other()", "list Other in functions, or in classes"),
    ],
)
def test_an_error_says_what_is_not_known(line: str, hint: str) -> None:
    with pytest.raises(AssignmentError) as caught:
        program(f"layer = Layer()\n{line}")

    assert caught.value.hint == hint


def test_every_error_says_what_to_write() -> None:
    with pytest.raises(AssignmentError) as caught:
        program("1 + 1")

    assert "x = Class(…)" in caught.value.hint


# --- names, accepted lists, extra parameters ------------------------------------------------------


def test_aliases_follow_the_preferred_name() -> None:
    words = vocabulary(
        aliases={"Layer": ("Dense",), "Layer.dweights": ("dw",), "Layer.backward": ("back",)}
    )
    steps = program("layer = Layer()\nlayer.backward(D)\nlayer.dweights", vocabulary=words).steps

    assert [getattr(step, "names", ()) for step in steps] == [
        ("Layer", "Dense"),
        ("backward", "back"),
        ("dweights", "dw"),
    ]


def test_an_alias_leaves_the_name_of_the_output_alone() -> None:
    words = vocabulary(aliases={"Layer.dweights": ("dw",)})

    assert list(program("layer = Layer()\nlayer.dweights", vocabulary=words).needs) == [
        "Layer.dweights"
    ]


def test_shorter_argument_lists_are_positions_of_the_full_one() -> None:
    words = vocabulary(accepts={"mse": (("y", "t", "w"), ("t", "y"), ())})
    (step,) = program("loss = mse(X, D, W)", vocabulary=words).steps

    assert isinstance(step, Call)
    assert step.signature.accepts == ((0, 1, 2), (1, 0), ())


def test_a_call_must_match_the_full_list() -> None:
    words = vocabulary(accepts={"mse": (("y", "t"), ())})

    with pytest.raises(AssignmentError, match="mse is called with 1 arguments"):
        program("loss = mse(X)", vocabulary=words)


def test_a_shorter_list_may_name_only_what_the_full_one_does() -> None:
    words = vocabulary(accepts={"Relu.backward": (("dvalues",), ("dvalue",))})

    with pytest.raises(AssignmentError, match="dvalue"):
        program("relu = Relu()\nrelu.backward(D)", vocabulary=words)


def test_extra_values_go_with_every_call() -> None:
    words = vocabulary(extra={"training": True})
    steps = program("layer = Layer()\nlayer.forward(X)", vocabulary=words).steps

    assert all(step.signature.extra == {"training": True} for step in steps)  # type: ignore[union-attr]


# --- what rests on what ---------------------------------------------------------------------------


def test_backward_rests_on_the_forward_that_was_read() -> None:
    needs = program(BACKWARD).needs

    assert needs["Layer.output"] == ()
    assert needs["Layer.dweights"] == ("Layer.output",)


def test_outputs_of_one_call_do_not_rest_on_each_other() -> None:
    assert "Layer.dweights" not in program(BACKWARD).needs["Layer.dbiases"]


def test_what_is_not_read_blocks_nothing() -> None:
    text = "layer = Layer()\nlayer.forward(X)\nlayer.backward(D)\nlayer.dweights"

    assert program(text).needs == {"Layer.dweights": ()}


def test_a_chain_rests_on_its_earlier_links() -> None:
    needs = program(_CHAIN).needs

    assert needs["Relu.output"] == ("Layer.output",)
    assert needs["Relu.dinputs"] == ("Layer.output", "Relu.output")
    assert needs["Layer.dweights"] == ("Layer.output", "Relu.output", "Relu.dinputs")


def test_objects_that_never_meet_do_not_rest_on_each_other() -> None:
    text = """
        layer = Layer()
        relu = Relu()
        layer.forward(X)
        layer.output
        relu.forward(Z)
        relu.output
    """

    assert program(text).needs == {"Layer.output": (), "Relu.output": ()}


def test_a_setting_carries_what_it_was_read_from() -> None:
    text = """
        relu = Relu()
        relu.output
        layer = Layer()
        layer.weights = relu.output
        layer.forward(X)
        layer.output
    """

    assert program(text).needs["Layer.output"] == ("Relu.output",)


def test_a_result_carries_what_went_into_its_function() -> None:
    text = """
        relu = Relu()
        relu.output
        loss = mse(relu.output, D)
        loss
        layer = Layer()
        layer.forward(loss)
        layer.output
    """
    needs = program(text).needs

    assert needs["mse"] == ("Relu.output",)
    assert needs["Layer.output"] == ("Relu.output", "mse")


def test_outputs_stand_in_the_order_in_which_they_are_read() -> None:
    assert list(program(_CHAIN).needs) == [
        "Layer.output",
        "Relu.output",
        "Relu.dinputs",
        "Layer.dweights",
        "Layer.weights",
    ]


# --- derived outputs ------------------------------------------------------------------------------


def test_a_derived_output_rests_on_its_operands_and_on_theirs() -> None:
    made = program(_CHAIN, {"Layer.new": "layer.weights - rate * layer.dweights"})

    assert made.needs["Layer.new"] == (
        "Layer.output",
        "Relu.output",
        "Relu.dinputs",
        "Layer.weights",
        "Layer.dweights",
    )


def test_the_operands_of_an_expression_are_outputs_not_given_values() -> None:
    found = operands("a.x - rate * (a.y + a.x)", {"a": "Layer"})

    assert found == ("Layer.x", "Layer.y")


def test_a_derived_output_that_is_no_expression_is_refused() -> None:
    with pytest.raises(AssignmentError):
        program(BACKWARD, {"Layer.new": "layer.dweights -"})


def test_a_derived_output_of_what_is_not_read_is_refused() -> None:
    with pytest.raises(AssignmentError, match="dwieghts"):
        program(BACKWARD, {"Layer.new": "2 * layer.dwieghts"})


def test_a_derived_output_of_an_unknown_name_is_refused() -> None:
    with pytest.raises(AssignmentError, match="ratio"):
        program(BACKWARD, {"Layer.new": "ratio * layer.dweights"})


def test_a_derived_output_does_what_arithmetic_can() -> None:
    with pytest.raises(AssignmentError, match="abs"):
        program(BACKWARD, {"Layer.new": "abs(layer.dweights)"})
