"""What counts as equal, and which difference is told first."""

import random

import numpy as np
import pytest
from numpy.typing import ArrayLike

from grader.judge.compare import Difference, compare, is_single, within
from grader.model import Tolerance, Value
from tests.builders import value

_PLAIN = Tolerance()
_DTYPES = "?bhilBHILefdFD"


def difference(
    actual: ArrayLike, expected: ArrayLike, tolerance: Tolerance = _PLAIN
) -> Difference | None:
    return compare(value(actual), np.asarray(expected), tolerance)


def kind_of(actual: ArrayLike, expected: ArrayLike) -> str | None:
    found = difference(actual, expected)
    return None if found is None else found.kind


def reason_for(actual: ArrayLike, expected: ArrayLike) -> str:
    found = difference(actual, expected)

    assert found is not None
    return str(found.text)


# --- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        pytest.param([2.0, 3.0], [2, 3], id="floats for ints"),
        pytest.param([2, 3], [2.0, 3.0], id="ints for floats"),
        pytest.param([True, False], [1, 0], id="bools for ints"),
        pytest.param([1.0, 0.0], [True, False], id="floats for bools"),
        pytest.param([-0.0], [0.0], id="negative zero"),
        pytest.param([np.nan, 1.0], [np.nan, 1.0], id="NaN in its place"),
        pytest.param([np.inf, -np.inf], [np.inf, -np.inf], id="infinities in their places"),
        pytest.param([], [], id="empty"),
        pytest.param(np.zeros((0, 3)), np.zeros((0, 3)), id="empty, of two dimensions"),
        pytest.param(5, 5.0, id="0-d"),
        pytest.param(np.uint64(7), np.int64(7), id="signed and unsigned"),
        pytest.param([2**62], [2.0**62], id="a large int for a float"),
    ],
)
def test_these_are_equal(actual: ArrayLike, expected: ArrayLike) -> None:
    assert difference(actual, expected) is None


@pytest.mark.parametrize(
    ("actual", "expected", "kind"),
    [
        pytest.param([2.5], [2], "values", id="a fraction for an int"),
        pytest.param([2], [2.5], "values", id="an int for a fraction"),
        pytest.param([False], [1], "values", id="a bool"),
        pytest.param([np.nan], [1.0], "special", id="NaN for a number"),
        pytest.param([1.0], [np.nan], "special", id="a number for NaN"),
        pytest.param([np.nan, 1.0], [1.0, np.nan], "special", id="NaN elsewhere"),
        pytest.param([np.inf], [-np.inf], "special", id="the other infinity"),
        pytest.param([np.inf], [1e308], "special", id="infinity for a number"),
        pytest.param([1e308], [np.inf], "special", id="a number for infinity"),
        pytest.param([np.nan], [np.inf], "special", id="NaN for infinity"),
        pytest.param([2**53 + 1], [2**53], "values", id="ints that floats cannot tell apart"),
        pytest.param(
            np.array([2**63], "u8"), [-(2**63)], "values", id="the same 64 bits, unsigned"
        ),
        pytest.param(np.array([-1], "i1"), np.array([255], "u1"), "values", id="the same 8 bits"),
        pytest.param([-(2**63)], [2**63 - 1], "values", id="ints whose difference overflows"),
        pytest.param([1e308], [-1e308], "values", id="floats whose difference overflows"),
    ],
)
def test_these_differ(actual: ArrayLike, expected: ArrayLike, kind: str) -> None:
    assert kind_of(actual, expected) == kind


def test_one_wrong_value_among_many_is_found() -> None:
    expected = np.arange(10_000.0)
    actual = expected.copy()
    actual[7_777] += 1

    assert kind_of(actual, expected) == "values"


# --- shapes: never broadcast ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        pytest.param((3,), (1, 3), id="the axis was not kept"),
        pytest.param((1, 3), (3,), id="an axis too many"),
        pytest.param((1,), (), id="one element for a number"),
        pytest.param((1, 3), (3, 1), id="a column for a row"),
        pytest.param((2, 3), (3, 2), id="transposed"),
        pytest.param((1, 3), (2, 3), id="one row for two"),
        pytest.param((0,), (1,), id="nothing"),
        pytest.param((0, 3), (3, 0), id="nothing, in another shape"),
        pytest.param((), (1,), id="0-d for one element"),
    ],
)
def test_another_shape_is_a_difference(actual: tuple[int, ...], expected: tuple[int, ...]) -> None:
    found = difference(np.ones(actual), np.ones(expected))

    assert found is not None
    assert found.kind == "shape"
    assert str(actual) in str(found.text)
    assert (str(expected) if expected else "a single number") in str(found.text)


# --- kinds ----------------------------------------------------------------------------------------


def test_complex_numbers_are_wrong_even_with_no_imaginary_part() -> None:
    assert kind_of([1 + 0j], [1.0]) == "kind"


def test_complex_is_told_before_the_shape() -> None:
    assert kind_of([1j, 2j], [1.0]) == "kind"


def test_a_shape_is_told_before_values() -> None:
    assert kind_of([9.0, 9.0], [1.0]) == "shape"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("list of 3", "a list of 3, where an array is asked for"),
        ("object of type Tensor", "an object of type Tensor, where an array is asked for"),
        ("None", "None, where an array is asked for"),
    ],
)
def test_what_is_no_array_is_described(kind: str, said: str) -> None:
    found = compare(Value(kind=kind, array=None), np.ones(3), _PLAIN)

    assert found is not None
    assert (found.kind, str(found.text)) == ("kind", said)


def test_a_single_number_is_no_array_of_one() -> None:
    found = compare(value(6.0, "scalar"), np.array([[6.0]]), _PLAIN)

    assert found is not None
    assert found.kind == "kind"
    assert "(1, 1)" in str(found.text)


@pytest.mark.parametrize("number", [6, 6.0, np.float32(6), np.int64(6), np.array(6.0)])
def test_a_number_may_come_in_any_real_type(number: ArrayLike) -> None:
    assert compare(value(number, "scalar"), np.array(6.0), _PLAIN) is None


# --- tolerance ------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [0.9e-8, -0.9e-8])
def test_an_error_within_the_relative_tolerance_is_none(error: float) -> None:
    assert difference([1.0 + error], [1.0]) is None


@pytest.mark.parametrize("error", [1.3e-8, -1.3e-8])
def test_an_error_beyond_the_relative_tolerance_is_one(error: float) -> None:
    assert difference([1.0 + error], [1.0]) is not None


def test_a_zero_is_measured_by_the_largest_value_beside_it() -> None:
    assert difference([1000.0, 0.9e-6], [1000.0, 0.0]) is None
    assert difference([1000.0, 1.1e-6], [1000.0, 0.0]) is not None


@pytest.mark.parametrize("factor", [1e-200, 1e-3, 1.0, 1e6, 1e200])
def test_scaling_both_sides_changes_no_judgement(factor: float) -> None:
    expected = np.array([1.0, -2.0, 3.0]) * factor

    assert difference(expected * (1 + 1e-9), expected) is None
    assert kind_of(expected * (1 + 1e-6), expected) == "precision"
    assert kind_of(expected * (1 + 1e-3), expected) == "values"


def test_where_all_is_zero_a_small_number_is_wrong() -> None:
    assert kind_of([0.0, 1e-3], [0.0, 0.0]) == "values"


def test_an_expected_infinity_does_not_loosen_the_rest() -> None:
    assert kind_of([np.inf, 1.001], [np.inf, 1.0]) == "values"


def test_an_infinity_that_is_not_expected_does_not_loosen_the_rest() -> None:
    found = difference([np.inf, 7.0], [1.0, 1.0])

    assert found is not None
    assert str(found.text).startswith("2 of 2 values differ")


def test_single_precision_is_compared_more_coarsely() -> None:
    assert difference(np.array([1.00009], "f4"), [1.0]) is None
    assert difference(np.array([1.00013], "f4"), [1.0]) is not None


def test_double_precision_gains_nothing_from_the_coarse_tolerance() -> None:
    assert kind_of([1.00005], [1.0]) == "precision"


def test_what_was_computed_from_single_precision_is_compared_so() -> None:
    actual, expected = value([1.00005]), np.array([1.0])

    assert compare(actual, expected, _PLAIN, coarse=True) is None


def test_the_coarser_of_both_sides_decides() -> None:
    assert difference([1.00005], np.array([1.0], "f4")) is None


def test_an_int_beside_a_float_is_compared_at_double_precision() -> None:
    assert difference([100_000], [100_000.01]) is not None


def test_ints_are_compared_exactly_whatever_the_tolerance() -> None:
    assert difference([1_000_001], [1_000_000], Tolerance(float64=0.5, float32=0.5)) is not None


def test_a_wider_tolerance_is_honoured() -> None:
    assert difference([1.04], [1.0], Tolerance(float64=0.05, float32=0.05)) is None


# --- words ----------------------------------------------------------------------------------------


def test_the_first_wrong_value_is_told_with_its_place() -> None:
    said = reason_for([[1.0, 2.0], [9.5, 8.0]], [[1.0, 2.0], [3.0, 4.0]])

    assert said == "2 of 4 values differ; at [1, 0] it is 9.5, expected 3"


def test_a_single_number_is_told_without_a_place() -> None:
    assert reason_for(6.0, 1.0) == "it is 6, expected 1"


def test_values_are_told_with_ten_digits() -> None:
    assert "1.234567891" in reason_for([1.2345678912], [5.0])


# --- is_single, within ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actual", "expected", "single"),
    [("f4", "f8", True), ("f2", "f8", True), ("f8", "f8", False), ("i4", "f8", False)],
)
def test_single_precision_is_noticed(actual: str, expected: str, single: bool) -> None:  # noqa: FBT001
    assert is_single(value(np.ones(2, actual)), np.ones(2, expected)) is single


def test_single_precision_is_fine_where_it_is_expected() -> None:
    assert not is_single(value(np.ones(2, "f4")), np.ones(2, "f4"))


def test_what_is_no_array_has_no_precision() -> None:
    assert not is_single(Value(kind="list of 2", array=None), np.ones(2))


def test_within_tells_element_by_element() -> None:
    agrees = within(np.array([1.0, 2.0, np.nan]), np.array([1.0, 5.0, np.nan]), _PLAIN)

    assert agrees.tolist() == [True, False, True]


def test_comparing_changes_neither_side() -> None:
    actual, expected = np.array([1.0, 9.0]), np.array([1.0, 2.0])
    difference(actual, expected)

    assert (actual.tolist(), expected.tolist()) == ([1.0, 9.0], [1.0, 2.0])


@pytest.mark.parametrize("dtype", _DTYPES)
def test_whatever_bytes_arrive_are_compared_without_a_warning(dtype: str) -> None:
    size = np.dtype(dtype).itemsize
    data = random.Random(7).randbytes(512 * size)
    raw = np.frombuffer(data, dtype) if dtype != "?" else np.frombuffer(data, "u1") > 127

    for expected in (np.ones(512), np.ones(512, np.int64), np.full(512, np.nan)):
        compare(value(raw), expected, _PLAIN)


def test_a_signalling_nan_is_wrong_and_no_warning() -> None:
    signalling = np.frombuffer(bytes([1, 0, 0x80, 0x7F]), "<f4")

    assert kind_of(signalling, [1.0]) == "special"
