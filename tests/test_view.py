"""What a page says, before any template: first things first, each once, and where in the code."""

from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from grader.model import (
    Array,
    Graded,
    Position,
    ScoredCase,
    SourceFile,
    State,
    Tolerance,
    Value,
)
from grader.report.places import stands
from grader.report.progress import progress
from grader.report.tables import Table, sides, table
from grader.report.view import Card, Page, page
from grader.wording import language
from tests import builders
from tests.conftest import ROOT, Grade

_CORPUS = ROOT / "tests" / "corpus"
_ENGLISH = language("en")
_MAIN = SourceFile(name="a.py", cells=(b"one\ntwo\nthree",), is_notebook=False)


@pytest.fixture(scope="module")
def shown(grade: Grade) -> Callable[[str], Page]:
    return lambda name: page(grade(_CORPUS / name))


@pytest.fixture(scope="module")
def sample(grade: Grade) -> Graded:
    return grade(_CORPUS / "sample" / "layers.py")


def card(page: Page, id_: str) -> Card:
    return next(one for one in page.cards if one.id == id_)


# --- first things first ---------------------------------------------------------------------------


def test_what_is_right_is_named_first(sample: Graded) -> None:
    assert page(sample).right == ("Layer_Dense.dweights", "Layer_Dense.dinputs")


def test_the_first_thing_leads_to_its_example_and_to_the_line(sample: Graded) -> None:
    found = page(sample)

    assert found.first_output == "Layer_Dense.dbiases"
    assert found.first == f"{found.first_output}: {found.first_what}"
    assert [target for _, target in found.first_links] == ["dense-cause-1", "line-0-17"]


def test_a_file_that_cannot_be_read_is_one_cause_and_no_example(
    shown: Callable[[str], Page],
) -> None:
    found = shown("syntax-error")

    assert found.first == "The file cannot be read as Python (line 26)"
    assert [one.causes + one.examples for one in found.cards] == [(), (), ()]
    assert {target for one in found.cards for _, target in one.see} == {"first"}
    assert [(mark.position.line, mark.target) for mark in found.marks] == [(26, "first")]


def test_a_notebook_with_a_broken_cell_shows_what_its_others_do(
    shown: Callable[[str], Page],
) -> None:
    found = shown("notebook-with-a-broken-class")

    assert "Layer_Dense.dweights" in found.right
    assert found.first_links == (("See code cell 3, line 7", "line-3-7"),)


def test_a_cause_is_told_once_and_led_to_from_later_cards(sample: Graded) -> None:
    found = page(sample)

    assert [len(one.causes) for one in found.cards] == [1, 2, 0]
    assert {target for _, target in card(found, "together").see} == {
        "dense-cause-1",
        "relu-cause-2",
    }


def test_what_waits_stands_below_what_failed(sample: Graded) -> None:
    states = [row.state for row in card(page(sample), "dense").outputs]

    assert states == [State.PASSED, State.PASSED, State.WRONG, State.BLOCKED]


def test_a_hidden_case_is_a_title_and_a_state(sample: Graded) -> None:
    found = card(page(sample), "dense")
    hidden = [row for row in found.cases if row.visibility == "hidden"]
    public = {case.id for case in sample.scorecard.exercises[0].cases if case.id in sample.exhibits}

    assert len(hidden) == len(found.cases) - len(public)
    assert msgspec.structs.asdict(hidden[0]).keys() == {"title", "state", "visibility"}


def test_what_could_not_be_run_is_nothing_to_fix(grade: Grade) -> None:
    graded = grade(_CORPUS / "reference" / "layers.py")
    replace = msgspec.structs.replace

    def not_run(case: ScoredCase) -> ScoredCase:
        outputs = tuple(replace(one, state=State.NOT_RUN, points=0.0) for one in case.outputs)
        return replace(case, state=State.NOT_RUN, outputs=outputs)

    exercises = tuple(
        replace(one, points=0.0, cases=tuple(map(not_run, one.cases)))
        for one in graded.shown.exercises
    )
    found = page(replace(graded, shown=replace(graded.shown, exercises=exercises)))

    assert found.ungraded == sum(len(one.cases) for one in exercises)
    assert (found.first, found.right) == ("", ())
    assert [one.examples + one.links for one in found.cards] == [(), (), ()]


# --- lines of the student's own code --------------------------------------------------------------


def test_the_line_that_sets_an_output_is_marked_and_leads_back(sample: Graded) -> None:
    marks = {mark.position.line: mark for mark in page(sample).marks if "set here" in mark.why}

    assert marks.keys() == {17, 27, 28}
    assert marks[17].why == "`dbiases` is set here"
    assert marks[17].target == "dense-cause-1"


def test_code_of_which_nothing_failed_is_not_marked(shown: Callable[[str], Page]) -> None:
    found = shown("exception")

    assert {mark.position.line for mark in found.marks} == {24, 25}


@pytest.mark.parametrize(
    ("position", "there"),
    [
        (Position(file="a.py", cell=None, line=1), True),
        (Position(file="a.py", cell=None, line=3), True),
        (Position(file="a.py", cell=None, line=4), False),
        (Position(file="a.py", cell=None, line=0), False),
        (Position(file="a.py", cell=None, line=-1), False),
        (Position(file="a.py", cell=2, line=1), False),
        (Position(file="a.py", cell=0, line=1), True),
        (Position(file="b.py", cell=None, line=1), False),
        (None, False),
    ],
)
def test_a_guest_cannot_lead_to_a_line_that_is_not_there(
    position: Position | None,
    there: bool,  # noqa: FBT001
) -> None:
    assert stands(position, _MAIN) is there


# --- arrays ---------------------------------------------------------------------------------------


def side_by_side(expected: Array, actual: Array) -> tuple[Table, Table]:
    case = builders.case(expected={"y": expected}, tolerance=Tolerance())
    found = sides("y", Value(kind="array", array=actual), case, _ENGLISH)
    assert found.expected is not None
    assert found.actual is not None
    return found.expected, found.actual


def texts(shown: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in shown.rows]


def test_what_differs_is_marked_on_both_sides() -> None:
    left, right = side_by_side(np.array([[1.0, 2.0]]), np.array([[1.0, 3.0]]))

    assert [cell.differs for cell in right.rows[0]] == [False, True]
    assert [cell.wanted for cell in left.rows[0]] == [False, True]
    assert not any(cell.differs for cell in left.rows[0])


def test_what_differs_is_never_written_alike() -> None:
    left, right = side_by_side(np.array([1.0]), np.array([1.0000001]))

    assert texts(left) == [["1.0"]]
    assert texts(right) == [["1.0000001"]]


def test_rows_and_columns_are_numbered_where_there_are_several() -> None:
    one, row, matrix = (table("x", np.zeros(shape), _ENGLISH) for shape in ((1, 1), (3,), (2, 3)))

    assert (one.index, one.columns) == ((), ())
    assert (row.index, row.columns) == ((), ("0", "1", "2"))
    assert (matrix.index, matrix.columns) == (("0", "1"), ("0", "1", "2"))


def test_of_more_dimensions_each_row_has_all_its_indices() -> None:
    assert table("x", np.zeros((2, 2, 3)), _ENGLISH).index == ("0, 0", "0, 1", "1, 0", "1, 1")


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (), (1, 40), (40, 1), (2, 0, 2)])
def test_any_shape_is_a_table(shape: tuple[int, ...]) -> None:
    found = table("x", np.zeros(shape), _ENGLISH)

    assert found.cut is (40 in shape)
    assert found.is_number is (shape == ())


def test_another_shape_is_said_and_not_compared() -> None:
    _, right = side_by_side(np.zeros((1, 2)), np.zeros(2))

    assert right.shape_differs
    assert not any(cell.differs for row in right.rows for cell in row)


def test_text_in_an_array_is_made_safe() -> None:
    assert texts(table("x", np.array(["\x1b[31m\u202e"]), _ENGLISH)) == [[r"\u001b[31m\u202e"]]


def test_a_large_array_has_a_map_and_the_worst_of_it() -> None:
    expected = np.zeros((40, 50))
    actual = expected.copy()
    actual[3] = 1.0
    case = builders.case(expected={"y": expected}, tolerance=Tolerance())
    found = sides("y", Value(kind="array", array=actual), case, _ENGLISH)

    assert found.heat is not None
    assert (found.heat.width, found.heat.height) == (25, 20)
    assert found.pattern == "Only row 3 is wrong."
    assert len(found.worst) == 5


# --- since the last attempt -----------------------------------------------------------------------


def test_what_has_become_better_is_told(grade: Grade, sample: Graded) -> None:
    stub = grade(_CORPUS / "stub" / "layers.py").scorecard
    told = page(sample, stub).progress

    assert told[0] == "6.678 points more than at your last attempt: 0 then, 6.678 now."
    assert told[1] == "Right now, and not before: `Layer_Dense.dweights`, `Layer_Dense.dinputs`."


def test_nothing_is_said_where_nothing_is_better(sample: Graded) -> None:
    assert page(sample, sample.scorecard).progress == ()


def test_what_was_right_before_is_told_without_praise(grade: Grade, sample: Graded) -> None:
    right = grade(_CORPUS / "reference" / "layers.py").scorecard
    told = page(sample, right).progress

    assert len(told) == 1
    assert told[0].startswith("Right in fewer cases than before: `Layer_Dense.dbiases`")


def test_an_output_is_not_better_where_it_is_worse_elsewhere() -> None:
    def output(name: str, points: float) -> object:
        return builders.scored_output(name=name, points=points)

    def of(first: float, second: float) -> object:
        cases = (
            builders.scored_case(id="one", outputs=(output("a.b", first),)),
            builders.scored_case(id="two", outputs=(output("a.c", second),)),
        )
        return builders.scorecard(*cases)

    found = progress(of(0.0, 1.0), of(1.0, 0.0))  # type: ignore[arg-type]

    assert (found.right, found.lost, found.before, found.after) == (("a.b",), ("a.c",), 1.0, 1.0)


def test_a_page_leads_only_to_what_is_on_it(sample: Graded) -> None:
    found = page(sample)
    there = {one.id for one in found.cards} | {c.id for one in found.cards for c in one.causes}

    assert {mark.target for mark in found.marks} <= there | {"first"}
