"""How wrong numbers are related to the right ones; told only where it holds in every case."""

import numpy as np
import pytest

from grader.judge.relations import Pair, factor_between, number, relation
from grader.model import Array, Tolerance
from grader.wording import UNSAID

_RNG = np.random.default_rng(3)
_RIGHT = [_RNG.normal(size=(3, 2)), _RNG.normal(size=(4, 3))]
_GIVEN = [{"D": _RNG.normal(size=one.shape)} for one in _RIGHT]


def related(wrong: list[Array]) -> str:
    rows = zip(wrong, _RIGHT, _GIVEN, strict=True)
    return str(relation([Pair(*row, Tolerance()) for row in rows]))


def bumped(array: Array, where: int | tuple[slice, int]) -> Array:
    copy: Array = array.copy()
    copy[where] += 1.0
    return copy


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ([one.T for one in _RIGHT], "has the right numbers, transposed"),
        ([-one for one in _RIGHT], "is right but for its sign"),
        ([2.5 * one for one in _RIGHT], "is 2.5 times what is asked for"),
        ([one / 3 for one in _RIGHT], "is 1/3 times what is asked for"),
        ([one - 0.25 for one in _RIGHT], "is off by -0.25 everywhere"),
        ([one[::-1] for one in _RIGHT], "has the right rows in another order"),
        ([one[:, ::-1] for one in _RIGHT], "has the right columns in another order"),
        ([bumped(one, 0) for one in _RIGHT], "is wrong in row 0 alone"),
        ([bumped(one, (slice(None), 1)) for one in _RIGHT], "is wrong in column 1 alone"),
        ([0 * one for one in _RIGHT], "is all zeros"),
        ([given["D"] for given in _GIVEN], "is just what was given as `D`"),
        ([one * (1 + 1e-5) + 1e-5 for one in _RIGHT], "is right to 4 digits only"),
        ([np.where(one > 0, np.nan, one) for one in _RIGHT], "has values that are not a number"),
        ([np.where(one > 0, np.inf, one) for one in _RIGHT], "has infinite values"),
        ([one[np.newaxis] for one in _RIGHT], "has the right numbers in a wrong shape, as (1, 3"),
    ],
)
def test_a_relation_is_told(wrong: list[Array], told: str) -> None:
    assert related(wrong).startswith(told)


def test_what_holds_in_one_case_alone_is_not_told() -> None:
    assert related([_RIGHT[0].T, -_RIGHT[1]]) == ""
    assert related([2.0 * _RIGHT[0], 3.0 * _RIGHT[1]]) == ""


def test_nan_is_told_only_where_none_is_expected() -> None:
    right = np.array([np.nan, 1.0, 2.0])
    one_less = np.array([np.nan, np.nan, 2.0])

    def told(wrong: Array) -> str:
        return str(relation([Pair(wrong, right, {}, Tolerance())] * 2))

    assert told(right - 1) == "is off by -1 everywhere"
    assert told(right / 3) == "is 1/3 times what is asked for"
    assert told(one_less) == "has values that are not a number (nan)"


def test_truth_values_are_not_scaled_or_shifted() -> None:
    no = np.zeros(3, bool)

    assert relation([Pair(~no, no, {}, Tolerance())] * 2) == UNSAID
    assert str(relation([Pair(no, ~no, {}, Tolerance())] * 2)) == "is all zeros"


def test_whole_numbers_without_a_sign_do_not_wrap_around() -> None:
    right = np.array([3, 200], np.uint8)

    assert str(relation([Pair(right - 1, right, {}, Tolerance())] * 2)).startswith("is off by -1 ")
    assert str(relation([Pair(-right.astype(int), right, {}, Tolerance())] * 2)).endswith("sign")


def test_one_case_is_not_enough() -> None:
    assert relation([Pair(-_RIGHT[0], _RIGHT[0], _GIVEN[0], Tolerance())]) == UNSAID


def test_noise_is_related_to_nothing() -> None:
    assert related([_RNG.normal(size=one.shape) for one in _RIGHT]) == ""


def test_a_factor_is_that_of_least_squares() -> None:
    assert factor_between(np.array([1.0, 2.0]), np.array([3.0, 6.0])) == pytest.approx(3.0)
    assert factor_between(np.zeros(2), np.ones(2)) == 0.0


@pytest.mark.parametrize(
    ("value", "told"), [(0.5, "0.5"), (1 / 3, "1/3"), (1 / 7, "1/7"), (-2.0, "-2"), (0.1, "0.1")]
)
def test_a_number_reads_as_a_person_writes_it(value: float, told: str) -> None:
    assert number(value) == told
