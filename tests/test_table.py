"""A class as CSV: read back as it was written, and nothing in it is a formula."""

import csv
import io
from collections.abc import Sequence
from fractions import Fraction

import pytest

from grader.exports.table import ClassRow, grades, inert
from grader.model import Scorecard, ScoredExercise
from tests.builders import scorecard, scored_case

Row = tuple[str, str, Scorecard | None, str]


def read(*rows: Row | ClassRow, exercises: Sequence[str] = ("dense",)) -> list[dict[str, str]]:
    found = (row if isinstance(row, ClassRow) else ClassRow(*row) for row in rows)
    table = "".join(grades("toy", exercises, found))
    return list(csv.DictReader(io.StringIO(table, newline=""), strict=True))


def card(*points: float) -> Scorecard:
    exercises = tuple(
        ScoredExercise(id=id_, title="", points=one, max_points=3, cases=())
        for id_, one in zip(("dense", "relu"), points, strict=False)
    )
    return scorecard(points=sum(points), max_points=3.0 * len(points), exercises=exercises)


def test_there_is_a_row_for_each_student() -> None:
    (anna, ben) = read(
        ("anna", "anna.py", card(2, 0.5), "all but one"),
        ("ben", "ben.py", card(0, 0), ""),
        exercises=("dense", "relu"),
    )

    assert anna == {
        "student": "anna", "submission": "anna.py", "toy": "2.5", "max": "6", "final": "",
        "dense": "2", "relu": "0.5", "isolation": "weak", "remark": "all but one",
    }  # fmt: skip
    assert (ben["toy"], ben["dense"]) == ("0", "0")


def test_columns_stand_in_order() -> None:
    header = next(grades("toy", ("dense", "relu"), ())).rstrip()

    assert header == "student,submission,toy,max,final,dense,relu,isolation,remark"


def test_what_counts_in_the_end_stands_beside_the_points() -> None:
    moved = ClassRow("anna", "", card(2), "", Fraction(7, 4))
    by_hand = ClassRow("ben", "", None, "by hand", Fraction(0))

    assert [(row["toy"], row["final"]) for row in read(moved, by_hand)] == [
        ("2", "1.75"),
        ("", "0"),
    ]


def test_what_could_not_be_graded_has_no_points() -> None:
    (row,) = read(("anna", "anna.py", None, "cannot be read"), exercises=("dense", "relu"))

    assert [row[name] for name in ("toy", "max", "dense", "relu")] == ["", "", "", ""]
    assert row["remark"] == "cannot be read"


def test_nothing_right_is_a_zero_and_no_blank() -> None:
    assert read(("anna", "", card(0), ""))[0]["toy"] == "0"


@pytest.mark.parametrize("points", [1 / 3, 0.1, 2.75, 1e-7, 12345.678])
def test_points_are_read_back_as_they_were(points: float) -> None:
    assert float(read(("anna", "", card(points), ""))[0]["toy"]) == points


@pytest.mark.parametrize(
    "name",
    ["Doe, Anna", 'Anna "A" Doe', "two\nlines", "carriage\r\nreturn", " space ", "é😀", "a;b", ""],
)
def test_any_name_is_read_back_as_it_was(name: str) -> None:
    (row,) = read((name, name, scorecard(scored_case()), name))

    assert (row["student"], row["submission"], row["remark"]) == (name, name, name)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_no_cell_is_a_formula(start: str) -> None:
    text = f'{start}HYPERLINK("https://example.org")'
    (row,) = read((text, text, None, text))

    assert {row["student"], row["submission"], row["remark"]} == {f"'{text}"}


@pytest.mark.parametrize("text", ["anna", "", "a=b", "1-2", "'=1"])
def test_other_text_is_left_alone(text: str) -> None:
    assert inert(text) == text


def test_points_stand_in_the_column_of_their_exercise() -> None:
    (row,) = read(("anna", "anna.py", card(2, 0.5), ""), exercises=("new", "relu", "dense"))

    assert [row[name] for name in ("new", "relu", "dense")] == ["", "0.5", "2"]
