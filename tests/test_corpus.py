"""Submissions with pinned verdicts: right ones, wrong ones and hostile ones.

A folder of `corpus/` is one submission: its files as they were handed in, and `expected.toml`,
which is read strictly. The fields of `Expected` say what can be pinned.
"""

from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import msgspec
import pytest

from grader.model import Graded, ScoredCase, State, Visibility
from tests.conftest import ROOT, Grade

CORPUS = ROOT / "tests" / "corpus"
EXPECTED = "expected.toml"


class ExpectedError(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an exception is told to have been raised, in a public case."""

    case: str
    type: str | None = None
    cell: int | None = None
    line: int | None = None


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pinned verdict.

    `points` are exact; `states` are of cases, all public ones at least, and `outputs` of outputs
    by case; `diagnoses` is the whole set of ids; each of `says` stands in some reason or note, and
    none of `hushes` does.
    """

    points: int | str
    states: dict[str, State]
    outputs: dict[str, dict[str, State]] = {}
    diagnoses: list[str] | None = None
    error: ExpectedError | None = None
    says: list[str] = []
    hushes: list[str] = []


def folders() -> list[str]:
    return sorted(path.parent.name for path in CORPUS.glob(f"*/{EXPECTED}"))


def submission(folder: Path) -> Path:
    """Return what was handed in: the one file beside the pinned verdict, or the whole folder."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != EXPECTED]
    return files[0] if len(files) == 1 else folder


def cases(graded: Graded) -> dict[str, ScoredCase]:
    return {case.id: case for one in graded.scorecard.exercises for case in one.cases}


def told(graded: Graded) -> list[str]:
    """Return every sentence that the scorecard holds."""
    reasons = [one.reason for case in cases(graded).values() for one in case.outputs]
    return [*graded.scorecard.notes, *(reason for reason in reasons if reason is not None)]


@pytest.fixture(scope="module")
def graded_of(grade: Grade) -> Grade:
    """Grade a folder of the corpus, once for all tests."""
    return lru_cache(maxsize=None)(lambda folder: grade(submission(folder)))


@pytest.fixture(params=folders())
def folder(request: pytest.FixtureRequest) -> Path:
    return CORPUS / str(request.param)


@pytest.fixture
def expected(folder: Path) -> Expected:
    return msgspec.toml.decode((folder / EXPECTED).read_bytes(), type=Expected)


@pytest.fixture
def graded(folder: Path, graded_of: Grade) -> Graded:
    return graded_of(folder)


def test_states_are_as_pinned(graded: Graded, expected: Expected) -> None:
    found = cases(graded)

    assert expected.states == {case: found[case].state for case in expected.states}


def test_points_are_as_pinned(graded: Graded, expected: Expected) -> None:
    assert Fraction(expected.points) == Fraction(graded.scorecard.points_exact)


def test_outputs_are_as_pinned(graded: Graded, expected: Expected) -> None:
    found = {case.id: {o.name: o.state for o in case.outputs} for case in cases(graded).values()}
    pinned = {
        case: {name: found[case][name] for name in outputs}
        for case, outputs in expected.outputs.items()
    }

    assert expected.outputs == pinned


def test_diagnoses_are_as_pinned(graded: Graded, expected: Expected) -> None:
    if expected.diagnoses is None:
        return

    assert set(expected.diagnoses) == {one.id for one in graded.scorecard.diagnoses}


def test_an_error_names_its_place(graded: Graded, expected: Expected) -> None:
    if expected.error is None:
        return
    error = cases(graded)[expected.error.case].error

    assert error is not None
    assert expected.error.type in (None, error.type)
    assert expected.error.cell == error.cell
    assert expected.error.line in (None, error.line)


def test_what_is_told_is_as_pinned(graded: Graded, expected: Expected) -> None:
    sentences = "\n".join(told(graded))

    assert [text for text in expected.says if text not in sentences] == []
    assert [text for text in expected.hushes if text in sentences] == []


def test_every_public_case_is_pinned(graded: Graded, expected: Expected) -> None:
    public = {one.id for one in cases(graded).values() if one.visibility is Visibility.PUBLIC}

    assert public <= set(expected.states)


def test_nothing_is_left_without_a_verdict(graded: Graded) -> None:
    states = {output.state for case in cases(graded).values() for output in case.outputs}

    assert State.NOT_RUN not in states


def test_hidden_cases_tell_no_numbers_and_no_errors(graded: Graded) -> None:
    hidden = [one for one in cases(graded).values() if one.visibility is Visibility.HIDDEN]

    assert [case.id for case in hidden if case.error is not None] == []
    assert [
        output.reason
        for case in hidden
        for output in case.outputs
        if output.reason is not None and any(letter.isdigit() for letter in output.reason)
    ] == []


def test_points_add_up(graded: Graded) -> None:
    card = graded.scorecard
    earned = sum(output.points for case in cases(graded).values() for output in case.outputs)

    assert card.points == pytest.approx(earned)
    assert card.max_points == pytest.approx(10)


@pytest.mark.parametrize("source", [b"(" * 300_000, b"-" * 300_000 + b"1", b"x" + b".x" * 150_000])
def test_a_source_that_is_nested_too_deeply_is_an_error(
    grade: Grade, tmp_path: Path, source: bytes
) -> None:
    path = tmp_path / "layers.py"
    path.write_bytes(source)

    graded = grade(path)

    assert graded.scorecard.points_exact == "0"
    assert {case.state for case in cases(graded).values()} == {State.ERROR}


def test_a_definition_beside_what_is_nested_too_deeply_is_taken_all_the_same(
    grade: Grade, tmp_path: Path
) -> None:
    """In a notebook each cell stands for itself."""
    reference = (ROOT / "solutions" / "backprop" / "layers.py").read_text(encoding="utf-8")
    path = tmp_path / "layers.ipynb"
    sources = [reference, "(" * 300_000]
    rows = [{"cell_type": "code", "source": source} for source in sources]
    path.write_bytes(msgspec.json.encode({"cells": rows, "nbformat": 4}))

    graded = grade(path)

    assert graded.scorecard.points_exact == "10"
