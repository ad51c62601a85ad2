"""Derived outputs: arithmetic on read arrays."""

import numpy as np
import pytest

from grader.arrays import as_array, derive
from grader.errors import AssignmentError
from grader.model import Array

_OBJECTS = {"layer": "Layer"}
_VALUES: dict[str, Array] = {
    "Layer.weights": np.array([[1.0, 2.0]]),
    "Layer.dweights": np.array([[10.0, 20.0]]),
    "mse": np.array(3.0),
}
_GIVEN: dict[str, Array] = {"rate": np.array(0.1), "X": np.array([[1.0], [2.0]])}


def derived(expression: str) -> object:
    return derive(expression, _OBJECTS, _VALUES, _GIVEN).tolist()


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("layer.weights - rate * layer.dweights", [[0.0, 0.0]]),
        ("layer.weights + layer.dweights", [[11.0, 22.0]]),
        ("layer.weights / 4", [[0.25, 0.5]]),
        ("-layer.weights", [[-1.0, -2.0]]),
        ("2 * layer.weights", [[2.0, 4.0]]),
        ("layer.weights @ X", [[5.0]]),
        ("(layer.weights - 1) * 3", [[0.0, 3.0]]),
    ],
)
def test_these_expressions_are_computed(expression: str, result: object) -> None:
    assert derived(expression) == result


@pytest.mark.parametrize(
    "expression",
    [
        "layer.weights ** 2",
        "layer.weights[0]",
        "abs(layer.weights)",
        "layer.weights.T",
        "layer.__class__.__name__",
        "[layer.weights]",
        "'text'",
        "layer.weights if rate else rate",
        "(lambda: rate)()",
    ],
)
def test_anything_else_is_refused_and_quoted(expression: str) -> None:
    with pytest.raises(AssignmentError, match="a derived output says"):
        derived(expression)


def test_an_output_that_was_not_read_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        derived("layer.biases")


def test_shapes_that_do_not_fit_are_a_value_error() -> None:
    with pytest.raises(ValueError, match="mismatch"):
        derived("X @ X")


def test_dividing_by_zero_gives_infinity_and_no_warning() -> None:
    assert derived("layer.weights / 0") == [[np.inf, np.inf]]


def test_a_given_value_wins_over_an_output_of_its_name() -> None:
    given = _GIVEN | {"mse": np.array(8.0)}

    assert derive("mse", _OBJECTS, _VALUES, given).item() == 8.0


def test_a_scalar_becomes_an_array_without_dimensions() -> None:
    assert as_array(2.5).shape == ()
    assert as_array(2.5).item() == 2.5


def test_an_array_stays_itself() -> None:
    array = np.ones(3)

    assert as_array(array) is array
