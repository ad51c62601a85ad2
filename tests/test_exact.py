"""Exact points of outputs: they add up to the scorecard's, and one number makes all whole."""

from fractions import Fraction
from pathlib import Path

import pytest

from grader.exports.exact import account
from grader.model import Assignment
from tests.conftest import BACKPROP, ROOT, Grade

_SOLUTIONS = ROOT / "solutions" / "backprop"
_FILES = [
    BACKPROP / "layers.py",
    _SOLUTIONS / "layers.py",
    *(_SOLUTIONS / "mistakes" / f"{name}.py" for name in ("hard-coded", "no-keepdims", "leaky")),
]


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.name)
def test_the_points_of_outputs_add_up(file: Path, grade: Grade, backprop: Assignment) -> None:
    card = grade(file).scorecard

    found = account(card, backprop)

    assert sum(one.points for one in found.earned) == Fraction(card.points_exact)
    assert sum(one.max_points for one in found.earned) == 10


def test_whatever_is_earned_is_a_whole_number_of_parts(grade: Grade, backprop: Assignment) -> None:
    counted = [account(grade(file).scorecard, backprop) for file in _FILES]
    (denominator,) = {one.denominator for one in counted}

    points = [one.points * denominator for each in counted for one in each.earned]
    assert {one.denominator for one in points} == {1}
    assert any(one.points not in (0, one.max_points) for each in counted for one in each.earned)


def test_what_is_missing_has_a_reason(grade: Grade, backprop: Assignment) -> None:
    earned = account(grade(_FILES[3]).scorecard, backprop).earned

    assert all(one.is_full == (one.reason == "") for one in earned)
