"""What is wrong in the same way is found in a class, whatever the last digits; else it is not."""

from collections.abc import Mapping

import msgspec
import numpy as np
import pytest
from numpy.typing import ArrayLike

from grader.judge.sketch import Sketch, agreeing, sketches
from grader.model import Array, Case, State
from tests.builders import case, diagnosis, outcome, scorecard, scored_case, scored_output, value

_NAME = "Layer.dweights"
_RNG = np.random.default_rng(5)
_EXPECTED = {"a": _RNG.normal(size=(4, 3)), "b": 1e6 * _RNG.normal(size=(2, 3))}
_CASES = {
    id_: case({_NAME: expected, "Layer.dbiases": expected[0]}, id=id_)
    for id_, expected in _EXPECTED.items()
}
_WRONG = {id_: 2 * expected for id_, expected in _EXPECTED.items()}


def sketch(
    answers: Mapping[str, ArrayLike],
    states: Mapping[str, State] | None = None,
    cases: Mapping[str, Case] = _CASES,
) -> Sketch:
    """Return a sketch of what is wrong in all cases, if not told otherwise."""
    found = states or dict.fromkeys(cases, State.WRONG)
    card = scorecard(
        *(
            scored_case(found[id_], id=id_, outputs=(scored_output(name=_NAME, state=found[id_]),))
            for id_ in cases
        )
    )
    ran = [(one, outcome({_NAME: value(answers[id_])})) for id_, one in cases.items()]
    return sketches(card, ran)[_NAME]


def with_(number: float, id_: str = "a", at: tuple[int, int] = (1, 2)) -> dict[str, Array]:
    """Return the wrong answer with another number at one place."""
    changed = {name: array.copy() for name, array in _WRONG.items()}
    changed[id_][at] = number
    return changed


def test_what_differs_in_the_last_digits_is_one_answer() -> None:
    several = [sketch({n: a * (1 + i * 1e-15) for n, a in _WRONG.items()}) for i in range(5)]

    assert agreeing(several) == [[0, 1, 2, 3, 4]]


@pytest.mark.parametrize("seed", range(20))
def test_what_is_within_the_tolerance_everywhere_is_one_answer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    other = {n: a * (1 + 1e-8 * rng.uniform(-1, 1, a.shape)) for n, a in _WRONG.items()}

    assert agreeing([sketch(_WRONG), sketch(other)]) == [[0, 1]]


@pytest.mark.parametrize("id_", _CASES)
def test_one_number_that_differs_is_another_answer(id_: str) -> None:
    moved = float(_WRONG[id_][1, 2]) + 1e-5 * float(np.abs(_EXPECTED[id_]).max())

    assert agreeing([sketch(_WRONG), sketch(with_(moved, id_))]) == []


def test_the_same_numbers_elsewhere_are_another_answer() -> None:
    turned = {name: array[::-1] for name, array in _WRONG.items()}
    swapped = {"a": _WRONG["a"].T, "b": _WRONG["b"]}

    assert agreeing([sketch(_WRONG), sketch(turned), sketch(swapped)]) == []


def test_a_multiple_is_another_answer_however_large() -> None:
    several = [sketch({n: a * 10.0**k for n, a in _WRONG.items()}) for k in (0, 1, 9, 200)]

    assert agreeing([*several, several[2]]) == [[2, 4]]


def test_single_precision_is_no_other_answer() -> None:
    single = {name: array.astype(np.float32) for name, array in _WRONG.items()}

    assert agreeing([sketch(_WRONG), sketch(single)]) == [[0, 1]]


def test_whole_numbers_are_the_numbers_that_they_are() -> None:
    whole = {"a": np.ones((4, 3), np.int64), "b": np.zeros((2, 3), np.bool_)}
    floats = {name: array.astype(np.float64) for name, array in whole.items()}

    assert agreeing([sketch(whole), sketch(floats), sketch(_WRONG)]) == [[0, 1]]


def test_what_is_no_finite_number_counts_by_its_place_and_kind() -> None:
    odd = [with_(np.nan), with_(np.nan), with_(np.inf), with_(-np.inf), with_(np.nan, "a", (0, 0))]

    assert agreeing([sketch(one) for one in odd]) == [[0, 1]]


def test_numbers_beyond_all_bounds_are_numbers() -> None:
    huge = {name: np.full(array.shape, 1e308) for name, array in _WRONG.items()}
    found = [sketch(huge), sketch(huge), sketch(_WRONG)]

    assert all(one.is_finite for one in found)
    assert agreeing(found) == [[0, 1]]


def test_complex_numbers_differ_by_their_imaginary_parts() -> None:
    one, other = ({n: a + part * 1j for n, a in _WRONG.items()} for part in (1, 2))

    assert agreeing([sketch(one), sketch(other), sketch(one), sketch(_WRONG)]) == [[0, 2]]


def test_it_is_one_answer_only_where_it_is_wrong_in_the_same_cases() -> None:
    states = {"a": State.WRONG, "b": State.PASSED}
    waits = {"a": State.WRONG, "b": State.BLOCKED}
    half = {"a": _WRONG["a"], "b": _EXPECTED["b"]}
    found = [sketch(_WRONG), sketch(half, states), sketch(half, waits), sketch(_WRONG, states)]

    assert agreeing(found) == [[1, 3]], "how right a right one is, is nothing to it"


def test_what_is_expected_to_be_nothing_has_a_scale_all_the_same() -> None:
    cases = {"a": case({_NAME: np.zeros(3)}, id="a")}
    answers: list[dict[str, ArrayLike]] = [{"a": [1, 2, 3]}, {"a": [1.0, 2, 3]}, {"a": [1, 2, 4]}]

    assert agreeing([sketch(one, cases=cases) for one in answers]) == [[0, 1]]


def test_answers_that_are_near_by_one_sum_alone_are_apart() -> None:
    def made(*sums: float) -> Sketch:
        one, two = sums
        return Sketch(form="x", sums=(one, two, 0.0, 0.0), near=0.1)

    found = [made(0, 0), made(0.05, 9), made(5, 0), made(0.01, 0.05), made(5, 9), made(5, 9.1)]

    assert agreeing(found) == [[0, 3], [4, 5]]
    assert agreeing([]) == []


def test_a_sketch_is_made_of_the_same_bytes_whoever_makes_it() -> None:
    made = sketch({"a": np.eye(4, 3), "b": np.full((2, 3), 1e6)})

    assert made == sketch({"a": np.eye(4, 3), "b": np.full((2, 3), 1e6)})
    assert msgspec.json.decode(msgspec.json.encode(made), type=Sketch) == made


def test_what_has_a_name_or_no_numbers_has_no_sketch() -> None:
    wrong = scored_case(State.WRONG, id="a")
    (one, known) = (_CASES["a"], outcome({_NAME: value(_WRONG["a"])}))
    nothing = outcome({_NAME: msgspec.structs.replace(value(0), kind="None", array=None)})
    late = scored_case(State.NOT_RUN, id="b")

    assert set(sketches(scorecard(wrong), [(one, known)])) == {_NAME}
    assert sketches(scorecard(wrong, diagnoses=(diagnosis(),)), [(one, known)]) == {}
    assert sketches(scorecard(wrong), [(one, nothing)]) == {}
    assert sketches(scorecard(wrong, late), [(one, known)]) == {}
    assert sketches(scorecard(scored_case(State.ERROR, id="a")), [(one, known)]) == {}
    assert sketches(scorecard(scored_case()), [(one, known)]) == {}
