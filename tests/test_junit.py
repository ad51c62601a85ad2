"""JUnit XML: read back by a parser of its own, and by a strict one."""

import xml.etree.ElementTree as ET

import pytest

from grader.exports.junit import junit
from grader.model import ErrorPlace, Scorecard, ScoredExercise, State, SubmissionId
from tests.builders import diagnosis, scorecard, scored_case, scored_output

_KINDS = {
    State.PASSED: None,
    State.BLOCKED: "skipped",
    State.WRONG: "failure",
    State.MISSING: "failure",
    State.ERROR: "failure",
    State.FLOODED: "error",
    State.TIMED_OUT: "error",
    State.OUT_OF_MEMORY: "error",
    State.CRASHED: "error",
    State.NOT_RUN: "error",
}


def parsed(card: Scorecard) -> ET.Element:
    return ET.fromstring(junit(card))


def first_test(card: Scorecard) -> ET.Element:
    """Return the first test of a file."""
    found = parsed(card).find("testsuite/testcase")

    assert found is not None
    return found


def every_state() -> Scorecard:
    return scorecard(*(scored_case(state, id=state.value) for state in State))


def test_it_is_utf8_and_says_so() -> None:
    data = junit(scorecard(scored_case(title="é😀")))

    assert b"utf-8" in data.splitlines()[0]
    assert data.splitlines()[1].startswith(b"<testsuites")
    assert "é😀" in data.decode()


def test_there_is_a_suite_for_each_exercise_and_a_test_for_each_case() -> None:
    one = ScoredExercise(id="a", title="A", points=1, max_points=1, cases=(scored_case(id="x"),))
    two = ScoredExercise(id="b", title="B", points=1, max_points=1, cases=(scored_case(id="y"),))
    root = parsed(scorecard(exercises=(one, two)))

    assert [suite.get("name") for suite in root] == ["A", "B"]
    assert [test.get("name") for test in root.iter("testcase")] == ["x: a case", "y: a case"]
    assert [test.get("classname") for test in root.iter("testcase")] == ["a", "b"]


@pytest.mark.parametrize(("state", "kind"), _KINDS.items())
def test_each_state_has_its_element(state: State, kind: str | None) -> None:
    children = [child.tag for child in first_test(scorecard(scored_case(state)))]

    assert children == ([] if kind is None else [kind])


def test_every_state_is_covered() -> None:
    assert set(_KINDS) == set(State)


def test_the_counts_are_those_of_the_elements() -> None:
    suite = parsed(every_state())[0]

    assert suite.get("tests") == str(len(State))
    for count, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert suite.get(count) == str(len(suite.findall(f"testcase/{kind}"))) != "0"


def test_junitparser_counts_the_same() -> None:
    junitparser = pytest.importorskip("junitparser")
    suite = next(iter(junitparser.JUnitXml.fromstring(junit(every_state()))))
    told = (suite.tests, suite.failures, suite.errors, suite.skipped)
    suite.update_statistics()

    assert told == (suite.tests, suite.failures, suite.errors, suite.skipped) == (10, 3, 5, 1)


def test_a_failure_says_what_differs_in_its_message_and_in_its_body() -> None:
    (failure,) = first_test(scorecard(scored_case(State.WRONG, diagnosis=diagnosis())))

    assert failure.get("message") == "Layer.dweights: wrong, it is wrong"
    assert failure.get("type") == "wrong"
    assert failure.text == "Layer.dweights: wrong, it is wrong\nDivided. Sum."


def test_outputs_that_passed_are_not_listed() -> None:
    outputs = (scored_output(name="a.x"), scored_output(name="a.y", state=State.WRONG, points=0))
    (failure,) = first_test(scorecard(scored_case(State.WRONG, outputs=outputs)))

    assert failure.text == "a.y: wrong"


def test_an_error_is_placed_in_the_students_file() -> None:
    at = ErrorPlace(type="ValueError", file="toy.py", cell=None, line=7)
    found = first_test(scorecard(scored_case(State.ERROR, error=at)))

    assert (found.get("file"), found.get("line")) == ("toy.py", "7")


def test_without_a_line_there_is_no_place() -> None:
    at = ErrorPlace(type="ValueError", file=None, cell=None, line=None)

    assert first_test(scorecard(scored_case(State.ERROR, error=at))).get("line") is None


_HOSTILE = "\x00\x08\x0b\x1b[31m\ud800\udfff\ufffe\uffff<&\"'>]]>\t\n\r😀"


def test_any_text_in_a_case_can_be_read_back() -> None:
    name = first_test(scorecard(scored_case(id=_HOSTILE, title=_HOSTILE))).get("name")

    assert str(name).count("<&\"'>]]>") == 2


def test_any_text_in_a_reason_can_be_read_back() -> None:
    output = scored_output(state=State.WRONG, reason=_HOSTILE)
    (failure,) = first_test(scorecard(scored_case(State.WRONG, outputs=(output,))))

    assert "<&\"'>]]>" in str(failure.text)
    assert "😀" in str(failure.text)
    assert "\x1b" not in str(failure.text)


def test_any_text_in_a_place_can_be_read_back() -> None:
    at = ErrorPlace(type=_HOSTILE, file=_HOSTILE, cell=None, line=7)
    submission = SubmissionId(name=_HOSTILE, student=_HOSTILE, sha256="0")
    card = scorecard(scored_case(State.ERROR, error=at), submission=submission, assignment=_HOSTILE)

    assert first_test(card).get("line") == "7"


def test_equal_input_gives_equal_bytes() -> None:
    assert junit(every_state()) == junit(every_state())
