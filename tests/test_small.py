"""Small inputs: which axes belong together is read off examples."""

from collections.abc import Mapping

import numpy as np

from grader.assignment.small import small_inputs
from grader.model import Array, Scalar


def given(samples: int, inputs: int, neurons: int) -> dict[str, Array | Scalar]:
    return {
        "n": inputs,
        "W": np.zeros((inputs, neurons)),
        "B": np.zeros((1, neurons)),
        "X": np.zeros((samples, inputs), int),
        "D": np.zeros((samples, neurons)),
        "rate": 0.1,
        "flag": True,
    }


def shapes(one: Mapping[str, Array | Scalar]) -> dict[str, tuple[int, ...]]:
    return {name: np.shape(value) for name, value in one.items()}


FOUND = list(small_inputs([given(5, 4, 2), given(2, 3, 6), given(3, 3, 3)]))


def test_axes_of_one_dimension_stay_together() -> None:
    for one in FOUND:
        (samples, inputs), (_, neurons) = np.shape(one["X"]), np.shape(one["D"])
        assert shapes(one) == shapes(given(samples, inputs, neurons))
        assert one["n"] == inputs


def test_the_smallest_come_first_and_none_is_large() -> None:
    sizes = [sum(np.shape(one["X"]) + np.shape(one["D"])) for one in FOUND]

    assert shapes(FOUND[0])["X"] == (1, 1)
    assert sizes[0] == min(sizes)
    assert max(np.shape(one["W"]) for one in FOUND) == (2, 3)
    assert all(np.shape(one["X"])[0] <= 2 for one in FOUND)


def test_kinds_of_numbers_are_kept() -> None:
    for one in FOUND:
        assert (np.asarray(one["X"]).dtype.kind, np.asarray(one["W"]).dtype.kind) == ("i", "f")
        assert one["flag"] is True


def test_there_are_whole_numbers_zeros_and_fractions() -> None:
    numbers = {float(x) for one in FOUND for x in np.ravel(one["W"])}

    assert {0.0, 1.0, -2.0} <= numbers
    assert {x for x in numbers if x % 1} <= {k / 8 for k in range(-21, 22, 2)}


def test_no_input_is_made_twice() -> None:
    told = [repr([np.asarray(value).tolist() for value in one.values()]) for one in FOUND]

    assert len(told) == len(set(told)) > 30


def test_a_single_example_has_its_equal_lengths_tied() -> None:
    alone = list(small_inputs([{"Z": np.zeros((4, 3)), "D": np.zeros((4, 3))}]))

    assert {np.shape(one["Z"]) for one in alone} == {(r, c) for r in (1, 2) for c in (1, 2, 3)}
    assert all(np.shape(one["Z"]) == np.shape(one["D"]) for one in alone)


def test_what_is_never_negative_in_an_example_stays_so() -> None:
    examples: list[dict[str, Array | Scalar]] = [
        {"labels": np.array([0, 2]), "x": np.array([-1.0, 2.0]), "share": 0.125},
        {"labels": np.array([1, 1, 0], np.uint8), "x": np.array([1.0, 2.0, 0.5]), "share": 0.25},
    ]

    found = list(small_inputs(examples))

    assert all(np.min(one["labels"]) >= 0 for one in found)
    assert min(np.min(one["x"]) for one in found) < 0
    assert {one["share"] for one in found} == {0.125, 0.25}
