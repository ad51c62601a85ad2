"""The scorecard as JSON: the fields that are promised, and equal bytes for equal input."""

import json
from typing import Any

import msgspec
import pytest

from grader.exports.canonical import canonical
from grader.model import ErrorPlace, Scorecard, State
from tests.builders import diagnosis, scorecard, scored_case
from tests.conftest import ROOT, Grade


def full() -> Scorecard:
    """Return a scorecard in which nothing is left out."""
    at = ErrorPlace(type="ValueError", file="toy.py", cell=None, line=7)
    case = scored_case(State.ERROR, diagnosis=diagnosis(), error=at)
    return scorecard(case, scored_case(), diagnoses=(diagnosis(),), notes=("a note",))


def written(card: Scorecard) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(canonical(card))
    return read


def test_the_fields_are_those_of_the_schema_in_their_order() -> None:
    assert list(written(full())) == [
        "schema",
        "assignment",
        "submission",
        "points",
        "max_points",
        "points_exact",
        "exercises",
        "diagnoses",
        "notes",
        "isolation",
        "key_id",
        "versions",
    ]


def test_so_are_those_of_its_parts() -> None:
    card = written(full())
    exercise = card["exercises"][0]
    case = exercise["cases"][0]

    assert list(card["submission"]) == ["name", "student", "sha256"]
    assert list(exercise) == ["id", "title", "points", "max_points", "cases"]
    assert list(case) == [
        "id", "title", "visibility", "state", "outputs", "diagnosis", "error"
    ]  # fmt: skip
    assert list(case["outputs"][0]) == ["name", "state", "points", "max_points", "reason"]
    assert (
        list(case["diagnosis"]) == list(card["diagnoses"][0]) == ["id", "title", "hint", "output"]
    )
    assert list(case["error"]) == ["type", "file", "cell", "line"]
    assert list(card["isolation"]) == ["tier", "layers"]


def test_it_says_which_schema_it_follows() -> None:
    assert written(full())["schema"] == "grader/scorecard/1"


def test_what_is_absent_is_null_and_not_left_out() -> None:
    case = written(scorecard(scored_case(), key_id=None))

    assert case["key_id"] is None
    assert case["exercises"][0]["cases"][0]["diagnosis"] is None
    assert case["exercises"][0]["cases"][0]["error"] is None


def test_points_are_a_number_and_exact_ones_a_string() -> None:
    card = written(scorecard(points=1 / 3, points_exact="1/3"))

    assert card["points"] == 1 / 3
    assert card["points_exact"] == "1/3"


def test_equal_input_gives_equal_bytes() -> None:
    assert canonical(full()) == canonical(full())


def test_the_order_of_a_mapping_makes_no_difference() -> None:
    turned = dict(reversed(full().versions.items()))

    assert canonical(msgspec.structs.replace(full(), versions=turned)) == canonical(full())


def test_what_was_written_reads_back_as_it_was() -> None:
    assert msgspec.json.decode(canonical(full()), type=Scorecard) == full()


def test_an_unknown_field_is_not_read_back() -> None:
    text = canonical(full()).replace(b'"points_exact"', b'"points_exactly"')

    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=Scorecard)


def test_it_is_text_with_a_newline_at_its_end() -> None:
    data = canonical(scorecard(notes=("é😀\x1b\u202e\u2028",)))

    assert json.loads(data.decode())["notes"] == ["é😀\x1b\u202e\u2028"]
    assert data.endswith(b"}\n")


def test_two_gradings_write_equal_bytes(grade: Grade) -> None:
    stub = ROOT / "assignments" / "backprop" / "layers.py"

    assert canonical(grade(stub).scorecard) == canonical(grade(stub).scorecard)


def test_there_are_no_timings(grade: Grade) -> None:
    data = canonical(grade(ROOT / "solutions" / "backprop" / "layers.py").scorecard)

    assert not any(word in data for word in (b'"cpu', b'"wall', b'"time', b'"seconds', b'"peak'))
