"""Values, draws and the reference make cases: the right ones, once, and nobody else's."""

import json
import shutil
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import numpy as np
import pytest
from numpy.typing import ArrayLike

from grader.assignment.casebook import all_cases, marking_digest, public_cases
from grader.assignment.key import Key
from grader.assignment.manifest import load_assignment
from grader.errors import AssignmentError
from grader.model import Array, Case, Limits, Source, Tolerance, Visibility
from grader.sandbox.host import keeper_for
from grader.sandbox.keeper import Keeper
from grader.sandbox.memory import execution_digest
from grader.sandbox.paths import policy_for
from tests.builders import DRAWS, MANIFEST, TOY, program, write_assignment
from tests.conftest import ROOT

_KEY = Key(secret=b"a secret of the tests", origin="a test")
_OTHER_KEY = Key(secret=b"another secret of the tests", origin="a test")
_ASSIGNMENT = load_assignment(ROOT / "assignments" / "backprop")
_LIMITS = _ASSIGNMENT.limits

Cases: TypeAlias = Mapping[str, Case]


def author() -> Keeper:
    return keeper_for(policy_for(Limits()), serves_author=True)


def nobody() -> Keeper:
    raise AssertionError("an author server was started")


def by_id(cases: tuple[Case, ...]) -> Cases:
    return {case.id: case for case in cases}


def cases_of(folder: Path, key: Key = _KEY, cache: Path | None = None) -> Cases:
    return by_id(all_cases(load_assignment(folder), key, author, cache))


def same(one: Case, other: Case) -> bool:
    """Tell whether two cases give and expect just the same, types included."""
    run = [execution_digest(case, _LIMITS) for case in (one, other)]
    marked = [marking_digest(case) for case in (one, other)]
    return run[0] == run[1] and marked[0] == marked[1]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the cases of the shipped assignment are kept."""
    cache = tmp_path_factory.mktemp("kept") / "cases"
    all_cases(_ASSIGNMENT, _KEY, author, cache)
    return cache


@pytest.fixture(scope="module")
def cases(kept: Path) -> Cases:
    return by_id(all_cases(_ASSIGNMENT, _KEY, nobody, kept))


@pytest.fixture(scope="module")
def drawn_otherwise() -> Cases:
    return by_id(all_cases(_ASSIGNMENT, _OTHER_KEY, author, None))


# --- the notebook's rows, as figures -------------------------------------------------------------

_FIGURES: dict[str, dict[str, ArrayLike]] = {
    "row-1": {"Layer_Dense.output": [[6]], "Activation_ReLU.output": [[6]]},
    "row-2": {
        "Activation_ReLU.dinputs": [[1]],
        "Layer_Dense.dweights": [[1], [-2], [3]],
        "Layer_Dense.dbiases": [[1]],
        "Layer_Dense.dinputs": [[-3, -1, 2]],
    },
    "row-3": {
        "Layer_Dense.new_weights": [[-3.001], [-0.998], [1.997]],
        "Layer_Dense.new_biases": [[0.999]],
    },
    "row-4": {"Layer_Dense.dinputs": [[0.44, -0.38, -0.07, 1.37]]},
    "row-5": {
        "Layer_Dense.dinputs": [
            [0.44, -0.38, -0.07, 1.37],
            [0.88, -0.76, -0.14, 2.74],
            [1.32, -1.14, -0.21, 4.11],
        ]
    },
    "row-6": {
        "Layer_Dense.dweights": [
            [0.5, 0.5, 0.5],
            [20.1, 20.1, 20.1],
            [10.9, 10.9, 10.9],
            [4.1, 4.1, 4.1],
        ]
    },
    "row-7": {"Layer_Dense.dbiases": [[6, 6, 6]]},
    "row-8a": {"Activation_ReLU.dinputs": [[1, 1, 0, 0], [1, 0, 0, 1], [0, 1, 1, 0]]},
    "row-8b": {"Activation_ReLU.dinputs": [[1, 2, 0, 0], [5, 0, 0, 8], [0, 10, 11, 0]]},
    "row-9": {
        "Layer_Dense.new_weights": [
            [0.179515, 0.5003665, -0.262746],
            [0.742093, -0.9152577, -0.2758402],
            [-0.510153, 0.2529017, 0.1629592],
            [0.971328, -0.5021842, 0.8636583],
        ],
        "Layer_Dense.new_biases": [[1.98489, 2.997739, 0.497389]],
    },
}
_FLAT = [(row, name) for row, outputs in _FIGURES.items() for name in outputs]


@pytest.mark.parametrize(("row", "name"), _FLAT)
def test_a_row_expects_the_figures_of_the_notebook(cases: Cases, row: str, name: str) -> None:
    expected, figures = cases[row].expected[name], np.array(_FIGURES[row][name])

    assert expected.shape == figures.shape
    np.testing.assert_allclose(expected, figures, rtol=1e-12, atol=5e-8)


def test_every_row_is_a_case_and_nothing_else_of_the_notebook_is(cases: Cases) -> None:
    rows = {id_ for id_, case in cases.items() if case.source is Source.NOTEBOOK}

    assert rows == set(_FIGURES)


def test_rows_are_taken_at_full_precision(cases: Cases) -> None:
    weights = cases["row-9"].expected["Layer_Dense.new_weights"]

    assert not np.array_equal(weights, np.round(weights, 9))


def test_a_row_without_x_uses_the_shared_one(cases: Cases) -> None:
    batch = np.array([[1, 2, 3, 2.5], [2, 5, -1, 2], [-1.5, 2.7, 3.3, -0.8]])

    assert np.array_equal(cases["row-5"].given["X"], batch)
    assert np.array_equal(cases["row-4"].given["X"], batch[:1])
    assert np.array_equal(cases["row-4"].given["D"], [[1, 1, 1]])


def test_the_rows_of_the_relu_are_given_whole_numbers(cases: Cases) -> None:
    assert np.asarray(cases["row-8b"].given["Z"]).dtype.kind == "i"


# --- a notebook that is stale ---------------------------------------------------------------------


def copy(folder: Path) -> Path:
    """Copy the shipped assignment with its solutions; return the assignment's folder."""
    for name in ("assignments", "solutions"):
        shutil.copytree(ROOT / name / "backprop", folder / name / "backprop")
    return folder / "assignments" / "backprop"


def edit(folder: Path, tag: str, change: Callable[[dict[str, Any]], None]) -> Path:
    """Change one tagged cell of a copied notebook."""
    path = copy(folder) / "notebook.ipynb"
    notebook = json.loads(path.read_bytes())
    (cell,) = [c for c in notebook["cells"] if tag in c["metadata"].get("tags", ())]
    change(cell)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path.parent


def replace_shown(old: str, new: str) -> Callable[[dict[str, Any]], None]:
    def change(cell: dict[str, Any]) -> None:
        shown = "".join(cell["outputs"][0]["text"])
        assert old in shown
        cell["outputs"][0]["text"] = shown.replace(old, new)

    return change


def test_one_number_changed_in_what_a_cell_shows_is_an_error(tmp_path: Path) -> None:
    folder = edit(tmp_path, "case:inputs-sample", replace_shown("0.44", "0.45"))

    with pytest.raises(AssignmentError) as caught:
        cases_of(folder)
    assert "cell case:inputs-sample" in caught.value.message
    assert "shows '[ 0.45 -0.38 -0.07 1.37]'" in caught.value.message
    assert "prints '[ 0.44 -0.38 -0.07 1.37]'" in caught.value.message


def test_an_output_that_was_cleared_is_one_too(tmp_path: Path) -> None:
    folder = edit(tmp_path, "case:relu-mask", lambda cell: cell["outputs"].clear())

    with pytest.raises(AssignmentError, match="case:relu-mask shows ''"):
        cases_of(folder)


def test_white_space_makes_no_difference(tmp_path: Path) -> None:
    folder = edit(tmp_path, "case:inputs-sample", replace_shown(" -0.38", "\n\n    -0.38"))

    assert "row-4" in cases_of(folder)


def test_a_cell_that_fails_is_named(tmp_path: Path) -> None:
    folder = edit(tmp_path, "case:relu-chain", lambda cell: cell.update(source="1 / 0"))

    with pytest.raises(AssignmentError, match=r"cell relu-chain: ZeroDivisionError.*\(line 1\)"):
        cases_of(folder)


def test_magics_of_a_cell_are_left_out(tmp_path: Path) -> None:
    def change(cell: dict[str, Any]) -> None:
        cell["source"] = ["%matplotlib inline\n", "!ls\n", *cell["source"]]

    cases_of(edit(tmp_path, "case:relu-chain", change))


def test_a_package_that_is_not_there_is_told_with_what_to_do(tmp_path: Path) -> None:
    source = "import numpy as np\nimport no_such_package"
    folder = edit(tmp_path, "case:relu-chain", lambda cell: cell.update(source=source))

    with pytest.raises(AssignmentError, match=r"no_such_package' \(line 2\)") as caught:
        cases_of(folder)
    assert "list it in packages" in caught.value.hint


def test_a_tag_that_is_gone_is_named(tmp_path: Path) -> None:
    folder = edit(tmp_path, "case:relu-chain", lambda cell: cell["metadata"].clear())

    with pytest.raises(AssignmentError, match="wants a cell tagged case:relu-chain"):
        cases_of(folder)


def test_what_no_notebook_is_is_told(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    (folder / "notebook.ipynb").write_text("{", encoding="utf-8")

    with pytest.raises(AssignmentError, match=r"notebook\.ipynb is no valid notebook"):
        cases_of(folder)


# --- kept -----------------------------------------------------------------------------------------


def test_the_second_time_no_author_code_runs(tmp_path: Path) -> None:
    assignment = load_assignment(write_assignment(tmp_path))
    first = all_cases(assignment, _KEY, author, tmp_path / "cache")
    second = all_cases(assignment, _KEY, nobody, tmp_path / "cache")

    assert [case.id for case in second] == ["public-1", "fresh-1"]
    assert all(same(one, other) for one, other in zip(first, second, strict=True))


def test_public_cases_are_kept_by_themselves(tmp_path: Path) -> None:
    assignment = load_assignment(write_assignment(tmp_path))
    public_cases(assignment, author, tmp_path / "cache")

    assert [one.id for one in public_cases(assignment, nobody, tmp_path / "cache")] == ["public-1"]


@pytest.mark.parametrize("changed", ["assignments/toy/cases.py", "solutions/toy/toy.py"])
def test_what_is_kept_is_not_used_for_a_changed_assignment(tmp_path: Path, changed: str) -> None:
    folder = write_assignment(tmp_path)
    cases_of(folder, cache=tmp_path / "cache")
    path = tmp_path / changed
    path.write_text(path.read_text(encoding="utf-8").replace("2 * x", "3 * x") + "\n", "utf-8")

    with pytest.raises(AssertionError, match="author server"):
        all_cases(load_assignment(folder), _KEY, nobody, tmp_path / "cache")


def test_what_is_kept_is_not_used_for_another_key(tmp_path: Path) -> None:
    assignment = load_assignment(write_assignment(tmp_path))
    all_cases(assignment, _KEY, author, tmp_path / "cache")

    with pytest.raises(AssertionError, match="author server"):
        all_cases(assignment, _OTHER_KEY, nobody, tmp_path / "cache")


def test_the_draws_of_a_key_for_one_run_are_not_kept(tmp_path: Path) -> None:
    assignment = load_assignment(write_assignment(tmp_path))
    fleeting = msgspec.structs.replace(_KEY, lasting=False)
    all_cases(assignment, fleeting, author, tmp_path / "cache")

    assert not (tmp_path / "cache").exists()


_CORRUPT: dict[str, Callable[[bytes], bytes]] = {
    "a bit flipped at the end": lambda data: data[:-1] + bytes([data[-1] ^ 1]),
    "a bit flipped in the seal": lambda data: bytes([data[0] ^ 1]) + data[1:],
    "cut in the middle": lambda data: data[: len(data) // 2],
    "cut in the seal": lambda data: data[:10],
    "empty": lambda _: b"",
    "other bytes": lambda data: b"\x00" * len(data),
    "longer": lambda data: data + b"x",
}


@pytest.mark.parametrize("corrupt", _CORRUPT.values(), ids=_CORRUPT.keys())
def test_a_kept_file_that_is_not_whole_is_made_again(
    tmp_path: Path, corrupt: Callable[[bytes], bytes]
) -> None:
    folder = write_assignment(tmp_path)
    first = cases_of(folder, cache=tmp_path / "cache")
    (file,) = (tmp_path / "cache").iterdir()
    whole = file.read_bytes()
    file.write_bytes(corrupt(whole))
    second = cases_of(folder, cache=tmp_path / "cache")

    assert same(first["fresh-1"], second["fresh-1"])
    assert file.read_bytes() == whole


def test_a_file_kept_for_other_cases_is_not_taken(tmp_path: Path) -> None:
    assignment = load_assignment(write_assignment(tmp_path))
    all_cases(assignment, _KEY, author, tmp_path / "cache")
    all_cases(assignment, _OTHER_KEY, author, tmp_path / "cache")
    one, other = (tmp_path / "cache").iterdir()
    one.write_bytes(other.read_bytes())
    drawn = [all_cases(assignment, key, author, tmp_path / "cache") for key in (_KEY, _OTHER_KEY)]

    assert not same(drawn[0][1], drawn[1][1])


def test_only_its_owner_can_read_what_is_kept(kept: Path) -> None:
    modes = {path.stat().st_mode & 0o777 for path in (kept, *kept.iterdir())}

    assert modes == {0o700, 0o600}


def test_where_nothing_can_be_kept_it_works_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    assert "fresh-1" in cases_of(write_assignment(tmp_path), cache=tmp_path / "file" / "cache")


# --- by key ---------------------------------------------------------------------------------------


def fresh(cases: Cases) -> list[Case]:
    return [case for case in cases.values() if case.source is Source.FRESH]


def test_the_same_key_draws_the_same(cases: Cases) -> None:
    again = by_id(all_cases(_ASSIGNMENT, _KEY, author, None))

    assert all(same(case, again[id_]) for id_, case in cases.items())


def test_another_key_draws_other_inputs(cases: Cases, drawn_otherwise: Cases) -> None:
    assert not any(same(case, drawn_otherwise[case.id]) for case in fresh(cases))


def test_another_key_leaves_all_else_alone(cases: Cases, drawn_otherwise: Cases) -> None:
    rest = [case for case in cases.values() if case.source is not Source.FRESH]

    assert all(same(case, drawn_otherwise[case.id]) for case in rest)


def test_cases_of_one_drawing_function_differ(cases: Cases) -> None:
    assert not same(cases["dense-square-1"], cases["dense-square-2"])


# --- what is public -------------------------------------------------------------------------------


def numbers(case: Case) -> set[float]:
    """Return the numbers of a case that are not on many papers: those with a fraction."""
    arrays = [*case.given.values(), *case.expected.values()]
    found = {float(x) for array in arrays for x in np.asarray(array, float).ravel()}
    return {abs(x) for x in found if x * 16 != round(x * 16)}


def test_public_cases_come_first(cases: Cases) -> None:
    order = [case.visibility for case in cases.values()]

    assert order == sorted(order, key=list(Visibility).index)
    assert set(order) == set(Visibility)


def test_without_a_key_there_are_public_cases_alone(kept: Path) -> None:
    public = public_cases(_ASSIGNMENT, author, kept)

    assert {case.visibility for case in public} == {Visibility.PUBLIC}
    assert {case.source for case in public} == {Source.PUBLIC}


def test_public_cases_have_no_hidden_number(cases: Cases) -> None:
    public = [case for case in cases.values() if case.visibility is Visibility.PUBLIC]
    hidden = [case for case in cases.values() if case.visibility is Visibility.HIDDEN]
    told = set().union(*map(numbers, public))

    assert not told & set().union(*map(numbers, hidden))


def test_public_cases_are_the_same_with_and_without_a_key(cases: Cases, kept: Path) -> None:
    assert all(same(case, cases[case.id]) for case in public_cases(_ASSIGNMENT, author, kept))


# --- what is drawn --------------------------------------------------------------------------------


def square(case: Case) -> bool:
    shapes = [np.shape(value) for name, value in case.given.items() if name in "XZWD"]
    return all(len(set(shape)) == 1 for shape in shapes)


def integers(case: Case) -> bool:
    inputs = [np.asarray(case.given[name]) for name in "XZ" if name in case.given]
    upstream = np.asarray(case.given["D"])
    return all(one.dtype.kind == "i" for one in inputs) and bool((upstream % 1 != 0).any())


def negative(case: Case) -> bool:
    return bool((np.asarray(case.given["D"]) < 0).all())


def zeros(case: Case) -> bool:
    """Tell whether the ReLU gets an exact 0 where the gradient that arrives is none."""
    into: Array = np.asarray(case.given.get("Z", case.expected.get("Layer_Dense.output")))
    return bool(((into == 0) & (np.asarray(case.given["D"]) != 0)).any())


@pytest.mark.parametrize(
    ("exercise", "probe"),
    [
        ("dense", square),
        ("dense", integers),
        ("dense", negative),
        ("relu", square),
        ("relu", integers),
        ("relu", negative),
        ("relu", zeros),
    ],
)
def test_what_tells_mistakes_apart_is_drawn_at_least_twice(
    cases: Cases, drawn_otherwise: Cases, exercise: str, probe: Callable[[Case], bool]
) -> None:
    for drawn in (cases, drawn_otherwise):
        assert sum(probe(case) for case in fresh(drawn) if case.exercise == exercise) >= 2


@pytest.mark.parametrize("exercise", ["dense", "relu"])
def test_one_sample_is_drawn(cases: Cases, exercise: str) -> None:
    drawn = [case for case in fresh(cases) if case.exercise == exercise]

    assert any(np.shape(case.given["D"])[0] == 1 for case in drawn)
    assert any("again" in case.id for case in drawn)


def test_one_neuron_is_drawn(cases: Cases) -> None:
    assert np.shape(cases["dense-one-neuron"].given["W"])[1] == 1


def test_the_reference_answers_fresh_cases(cases: Cases) -> None:
    given, expected = cases["dense-wide"].given, cases["dense-wide"].expected
    x, w, d = (np.asarray(given[name]) for name in ("X", "W", "D"))

    np.testing.assert_allclose(expected["Layer_Dense.dweights"], x.T @ d)
    np.testing.assert_allclose(expected["Layer_Dense.dinputs"], d @ w.T)


# --- author code that goes wrong ------------------------------------------------------------------


def toy(folder: Path, draws: str = DRAWS, solution: str = TOY, manifest: str = MANIFEST) -> Path:
    written = write_assignment(folder, manifest, solution=solution)
    (written / "cases.py").write_text(draws, encoding="utf-8")
    return written


@pytest.mark.parametrize(
    ("draws", "said"),
    [
        (
            "def few(rng): return {'x': 1 / 0}",
            "cases.py: few: ZeroDivisionError: division by zero (line 1)",
        ),
        ("def many(rng): return {}", "cases.py: there is no function few"),
        ("def few(rng", "cases.py: SyntaxError: '(' was never closed (line 1)"),
        ("def few(rng): return {'y': 1.0}", "case fresh-1 is given ['y']"),
        ("def few(rng): return {'x': 'text'}", "is a str of 4"),
        ("def few(rng): return {'x': ['a', 'b']}", "array of str"),
        ("def few(rng): return 7", "cases.py: few gives int, not a dict of values by name"),
        ("import os\ndef few(rng): os._exit(0)", "cases.py could not be run"),
    ],
)
def test_a_draw_that_goes_wrong_is_told(tmp_path: Path, draws: str, said: str) -> None:
    with pytest.raises(AssignmentError) as caught:
        cases_of(toy(tmp_path, draws))
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("solution", "said"),
    [
        ("class Toy:\n    pass\n", "missing, Toy.double"),
        (
            "class Toy:\n    x = (\n",
            "toy.py cannot be read as Python: '(' was never closed (line 2)",
        ),
        ("class Toy:\n    def double(self, x):\n        pass\n", "Toy.result missing"),
        ("class Toy:\n    def double(self, x):\n        1 / 0\n", "division by zero"),
        ("class Toy:\n    def double(self, x):\n        self.result = [1]\n", "Toy.result"),
        ("class Toy:\n    def double(self, x):\n        self.result = 1j * x\n", "Toy.result"),
    ],
)
def test_a_reference_that_does_not_answer_is_told(tmp_path: Path, solution: str, said: str) -> None:
    with pytest.raises(AssignmentError) as caught:
        cases_of(toy(tmp_path, solution=solution))
    assert said in caught.value.message


@pytest.mark.parametrize("given", ['"text"', "[[1.0], [1.0, 2.0]]", '["a"]', "1979-05-27"])
def test_a_public_case_is_given_numbers(tmp_path: Path, given: str) -> None:
    manifest = MANIFEST.replace("[1.0, 2.0]", given)

    with pytest.raises(AssignmentError, match="case public-1: x"):
        cases_of(toy(tmp_path, manifest=manifest))


# --- digests --------------------------------------------------------------------------------------

_CASE = Case(
    id="one",
    exercise="dense",
    title="a case",
    visibility=Visibility.PUBLIC,
    source=Source.PUBLIC,
    program=program("layer = Layer(n)\nlayer.forward(X)\nlayer.output"),
    given={"n": 3, "X": np.array([[1.0, 2.0]])},
    expected={"Layer.output": np.array([[3.0]])},
    tolerance=Tolerance(),
    weight=Fraction(1),
    repeats=False,
)

_EXECUTION: list[tuple[str, dict[str, object]]] = [
    ("another number", {"given": {"n": 4, "X": np.array([[1.0, 2.0]])}}),
    ("another array", {"given": {"n": 3, "X": np.array([[1.0, 2.5]])}}),
    ("another shape", {"given": {"n": 3, "X": np.array([[1.0], [2.0]])}}),
    ("another type", {"given": {"n": 3, "X": np.array([[1, 2]])}}),
    ("another name", {"given": {"n": 3, "Y": np.array([[1.0, 2.0]])}}),
    ("another program", {"program": program("layer = Layer(n)\nlayer.output")}),
]
_MARKING: list[tuple[str, dict[str, object]]] = [
    ("expected", {"expected": {"Layer.output": np.array([[4.0]])}}),
    ("its shape", {"expected": {"Layer.output": np.array([3.0])}}),
    ("the tolerance", {"tolerance": Tolerance(float64=1e-6)}),
    ("the weight", {"weight": Fraction(1, 3)}),
]


@pytest.mark.parametrize("changes", [c for _, c in _EXECUTION], ids=[n for n, _ in _EXECUTION])
def test_what_is_run_changes_the_execution_digest(changes: dict[str, object]) -> None:
    other = msgspec.structs.replace(_CASE, **changes)

    assert execution_digest(other, _LIMITS) != execution_digest(_CASE, _LIMITS)


@pytest.mark.parametrize("changes", [c for _, c in _MARKING], ids=[n for n, _ in _MARKING])
def test_what_is_marked_changes_the_marking_digest_alone(changes: dict[str, object]) -> None:
    other = msgspec.structs.replace(_CASE, **changes)

    assert execution_digest(other, _LIMITS) == execution_digest(_CASE, _LIMITS)
    assert marking_digest(other) != marking_digest(_CASE)


@pytest.mark.parametrize(
    "changes", [c for _, c in _EXECUTION[:5]], ids=[n for n, _ in _EXECUTION[:5]]
)
def test_given_values_leave_the_marking_digest_alone(changes: dict[str, object]) -> None:
    assert marking_digest(msgspec.structs.replace(_CASE, **changes)) == marking_digest(_CASE)


def test_limits_change_the_execution_digest() -> None:
    other = Limits(case_cpu=1.0)

    assert execution_digest(_CASE, other) != execution_digest(_CASE, _LIMITS)


def test_titles_change_neither() -> None:
    other = msgspec.structs.replace(_CASE, title="another", visibility=Visibility.HIDDEN)

    assert execution_digest(other, _LIMITS) == execution_digest(_CASE, _LIMITS)
    assert marking_digest(other) == marking_digest(_CASE)
