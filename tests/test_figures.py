"""Where a large array differs: a map with signs, the worst elements, and words."""

import re

import numpy as np
import pytest

from grader.model import Array
from grader.report.figures import HeatMap, heat_map, pattern, worst
from grader.wording import language

_ENGLISH = language("en")


def drawn(expected: Array, actual: Array) -> HeatMap:
    return heat_map(expected, actual, expected != actual, _ENGLISH)


def squares(shown: HeatMap) -> dict[str, set[tuple[int, int]]]:
    """Return which squares of a map have which shade, as rows and columns."""
    found: dict[str, set[tuple[int, int]]] = {}
    for mark in shown.marks:
        for x, y, wide in re.findall(r"M(\d+) (\d+)h(\d+)v8h-\d+z", mark.squares):
            row, first = int(y) // 8, int(x) // 8
            cells = {(row, first + step) for step in range(int(wide) // 8)}
            found.setdefault(mark.kind, set()).update(cells)
    return found


def test_a_square_is_drawn_where_it_differs_and_nowhere_else() -> None:
    expected = np.zeros((20, 14))
    actual = expected.copy()
    actual[3, 2:5], actual[7, 13] = 1.0, -1.0

    assert squares(drawn(expected, actual)) == {
        "high-3": {(3, 2), (3, 3), (3, 4)},
        "low-3": {(7, 13)},
    }


def test_each_square_has_a_sign_so_that_nothing_rests_on_colour() -> None:
    expected = np.zeros((20, 14))
    actual = expected.copy()
    actual[3, 2:5], actual[7, 13], actual[9, 9] = 1.0, -1.0, np.nan
    shown = {mark.kind: mark for mark in drawn(expected, actual).marks}

    assert {kind: mark.signs.count("M") for kind, mark in shown.items()} == {
        "low-3": 1,
        "high-3": 3,
        "special": 1,
    }
    assert len({mark.sample for mark in shown.values()}) == 3


def test_a_shade_is_a_tenth_of_the_next_and_says_its_numbers() -> None:
    expected = np.zeros((13, 13))
    actual = expected.copy()
    actual[0, :4] = 250.0, 25.0, 2.5, -0.001

    assert {mark.kind: mark.words for mark in drawn(expected, actual).marks} == {
        "low-1": "too low by less than 10",
        "high-1": "too high by less than 10",
        "high-2": "too high by 10 to 100",
        "high-3": "too high by 100 or more",
    }


def test_what_is_not_finite_has_a_shade_of_its_own() -> None:
    expected = np.zeros((13, 13))
    actual = expected.copy()
    actual[0, 0], actual[1, 1], actual[2, 2] = np.nan, np.inf, -np.inf

    assert squares(drawn(expected, actual)) == {"special": {(0, 0), (1, 1), (2, 2)}}


def test_of_a_large_array_a_square_stands_for_the_worst_of_several_elements() -> None:
    expected = np.zeros((40, 70))
    actual = expected.copy()
    actual[39, 69], actual[38, 69] = 0.5, -500.0
    shown = drawn(expected, actual)

    assert (shown.width, shown.height) == (24, 20)
    assert squares(shown) == {"low-3": {(19, 23)}}
    assert "A square stands for 2 by 3 elements" in shown.told
    assert shown.title == "Where it differs: 2 of 2800 elements"


def test_a_map_stays_small_however_large_the_array() -> None:
    rng = np.random.default_rng(0)
    shown = drawn(rng.normal(size=(500, 700)), rng.normal(size=(500, 700)))

    assert max(shown.width, shown.height) <= 32
    assert sum(len(mark.squares) + len(mark.signs) for mark in shown.marks) < 60_000


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.bool_, np.float32])
def test_any_real_kind_can_be_drawn(dtype: type) -> None:
    expected: Array = np.zeros((13, 13), dtype)
    actual = expected.copy()
    actual[5, 5] = 1

    assert squares(drawn(expected, actual)) == {"high-3": {(5, 5)}}


def test_the_worst_elements_come_first() -> None:
    expected = np.zeros((20, 20))
    actual = expected.copy()
    actual[0, 0], actual[1, 1], actual[2, 2] = 0.5, -7.0, np.nan
    found = worst(expected, actual, expected != actual)

    assert [one.at for one in found] == ["[2, 2]", "[1, 1]", "[0, 0]"]
    assert [one.off for one in found] == ["–", "-7", "+0.5"]  # noqa: RUF001
    assert [one.actual for one in found] == ["nan", "-7", "0.5"]


def test_no_more_than_a_few_of_the_worst_are_listed() -> None:
    found = worst(np.zeros((20, 20)), np.ones((20, 20)), np.ones((20, 20), bool))

    assert len(found) == 5


def wrong(shape: tuple[int, ...], *places: tuple[slice | int, ...]) -> Array:
    found = np.zeros(shape, bool)
    for place in places:
        found[place] = True
    return found


_ALL = slice(None)


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (wrong((5, 4), (3, _ALL)), "Only row 3 is wrong."),
        (wrong((5, 4), (3, 0), (1, 2)), "Only rows 1, 3 are wrong."),
        (wrong((5, 4), (_ALL, 2)), "Only column 2 is wrong."),
        (wrong((5, 4), (slice(1, 5), _ALL)), "Only row 0 is right."),
        (wrong((9,), (8,)), "Only element 8 is wrong."),
        (wrong((9,), (slice(2, 9),)), "Only elements 0, 1 are right."),
        (wrong((9, 9)), ""),
        (wrong((9, 9), (_ALL, _ALL)), ""),
        (wrong((1, 3), (0, 2)), ""),
        (wrong((), ()), ""),
        (wrong((3, 3, 3), (0, 0, 0)), ""),
    ],
)
def test_rows_or_columns_that_stand_out_are_told(where: Array, said: str) -> None:
    assert str(pattern(where)) == said


@pytest.mark.parametrize(
    ("expected", "actual", "words"),
    [
        (0.0, 1.5e308, "too high by 1e+308 or more"),
        (0.0, 5e-324, "too high by 1e-324 or more"),
        (-1.5e308, 1.5e308, "one of the two is not a finite number"),
    ],
)
def test_numbers_at_the_end_of_floats_are_mapped(
    expected: float, actual: float, words: str
) -> None:
    right, came = np.full((20, 20), expected), np.full((20, 20), actual)

    found = heat_map(right, came, right != came, _ENGLISH)

    assert [one.words for one in found.marks] == [words]
    assert worst(right, came, right != came)[0].at == "[0, 0]"
