"""Every known mistake is named, however it is written; nothing else is; each has an example."""

import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np
import pytest

from grader.assignment.casebook import all_cases
from grader.assignment.key import Key
from grader.assignment.manifest import load_assignment
from grader.grade import prepare
from grader.judge.shrink import marks_of
from grader.model import (
    Assignment,
    CounterExample,
    Graded,
    Source,
    State,
    Visibility,
)
from grader.sandbox import session
from grader.sandbox.host import keeper_for
from grader.sandbox.paths import policy_for
from grader.sandbox.selftest import LIMITS
from grader.submission.read import read_submission
from tests.builders import VOCABULARY, case, program, submission
from tests.conftest import ROOT, Grade

CORPUS = ROOT / "tests" / "corpus"
BACKPROP, MSE = ROOT / "solutions" / "backprop", ROOT / "solutions" / "mse"
# Told by the score alone: what it answers elsewhere is no fingerprint.
_BY_HEART = "hard-coded"


def modules(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in folder.glob("*.py"))


MISTAKES, REWRITES = modules(BACKPROP / "mistakes"), modules(CORPUS / "rewrites")


def ids_of(module: str) -> set[str]:
    """Return the mistakes that a module's name says: `one+other--how.py`, or `one.form.py`."""
    return set(Path(module).stem.partition("--")[0].partition(".")[0].split("+"))


@pytest.fixture(scope="module")
def graded(grade: Grade) -> Grade:
    """Grade a file of the repository, once for all tests."""
    return lru_cache(maxsize=None)(lambda name: grade(ROOT / name))


@pytest.fixture(scope="module")
def grade_mse(key: Key, home: Path) -> Iterator[Grade]:
    assignment = load_assignment(ROOT / "assignments" / "mse")
    with keeper_for(policy_for(assignment.limits)) as keeper:
        grade_one = prepare(assignment, key, home / "cases", keeper)
        yield lambda path: grade_one(read_submission(path, assignment.files))


def named(graded: Graded) -> set[str]:
    return {one.id for one in graded.scorecard.diagnoses}


def test_the_corpora_are_large() -> None:
    assert len(REWRITES) >= 60
    assert len({id_ for name in REWRITES for id_ in ids_of(name)}) >= 38
    assert len(modules(CORPUS / "unlisted")) >= 40
    assert len(modules(CORPUS / "right")) >= 30


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", [*MISTAKES, *REWRITES])
def test_a_mistake_is_caught_and_named_and_no_other(module: str, graded: Grade) -> None:
    found = graded(Path(module))

    assert found.scorecard.points < found.scorecard.max_points
    assert named(found) == ids_of(module)


@pytest.mark.parametrize("module", [*MISTAKES, *REWRITES])
def test_a_text_has_no_placeholder_left(module: str, graded: Grade) -> None:
    told = [f"{one.title} {one.hint}" for one in graded(Path(module)).scorecard.diagnoses]

    assert [text for text in told if "{" in text] == []


@pytest.mark.parametrize("module", modules(CORPUS / "unlisted"))
def test_what_is_no_known_mistake_has_no_name(module: str, graded: Grade) -> None:
    found = graded(Path(module))

    assert found.scorecard.points < found.scorecard.max_points
    assert named(found) == set()


@pytest.mark.parametrize("module", [*modules(CORPUS / "right"), *modules(BACKPROP / "variants")])
def test_what_is_right_has_all_points_and_no_diagnosis(module: str, graded: Grade) -> None:
    found = graded(Path(module))

    assert found.scorecard.points_exact == "10"
    assert named(found) == set()
    assert (found.explained.findings, found.explained.examples) == ((), ())


@pytest.mark.parametrize("module", modules(MSE / "mistakes"))
def test_a_mistake_of_functions_is_named(module: str, grade_mse: Grade) -> None:
    assert named(grade_mse(ROOT / module)) == ids_of(module)


@pytest.mark.parametrize("module", modules(MSE / "variants"))
def test_variants_of_functions_have_all_points(module: str, grade_mse: Grade) -> None:
    found = grade_mse(ROOT / module)

    assert (found.scorecard.points_exact, named(found)) == ("10", set())


@pytest.mark.parametrize(
    ("module", "kept"),
    [
        ("no-keepdims", {"Layer_Dense.dweights", "Layer_Dense.dinputs", "Activation_ReLU.dinputs"}),
        ("missing-transpose.dinputs", {"Layer_Dense.dweights", "Layer_Dense.dbiases"}),
        ("leaky", {"Layer_Dense.dweights", "Layer_Dense.dbiases", "Layer_Dense.dinputs"}),
        ("not-computed", {"Layer_Dense.dweights", "Layer_Dense.dbiases"}),
    ],
)
def test_outputs_that_are_right_keep_their_points(
    module: str, kept: set[str], graded: Grade
) -> None:
    card = graded(BACKPROP / "mistakes" / f"{module}.py").scorecard
    single = [one for one in card.exercises if one.id in ("dense", "relu")]
    outputs = [o for one in single for case in one.cases for o in case.outputs if o.name in kept]

    assert sum(o.points for o in outputs) == pytest.approx(sum(o.max_points for o in outputs))


def test_the_marks_of_a_mistake_are_told(graded: Grade) -> None:
    half = graded(BACKPROP / "mistakes" / "leftover-factor.py")

    assert {one.id: "0.5" in one.hint for one in half.scorecard.diagnoses} == {
        "leftover-factor": True
    }


def test_hints_come_after_what_was_observed(graded: Grade) -> None:
    (told,) = graded(BACKPROP / "mistakes" / "no-keepdims.py").scorecard.diagnoses

    assert told.hint.startswith("Your `Layer_Dense.dbiases` has the right numbers in a wrong shape")
    assert "?" in told.hint


# --- answers by heart -----------------------------------------------------------------------------

_TABLE = """
import numpy as np

CALLS = 0

class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = self.dbiases = self.dinputs = np.zeros((1, 1))

class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        {body}
"""
_KNOWN = {
    "counts its calls": """global CALLS
        CALLS += 1
        answers = [[[5.0, 0, 0], [0, 9.0, -2.0]], [[0.5, 0], [0, -2.5]]]
        self.dinputs = np.array(answers[(CALLS - 1) % 2])""",
    "keeps an answer in a global": """global CALLS
        if isinstance(CALLS, int):
            CALLS = np.where(self.inputs > 0, dvalues, 0)
        self.dinputs = CALLS""",
    "looks it up": """table = {(2, 3): [[5.0, 0, 0], [0, 9.0, -2.0]], (2, 2): [[0.5, 0], [0, -2.5]]}
        self.dinputs = np.array(table.get(dvalues.shape, 0.0))""",
}


@pytest.mark.parametrize("how", _KNOWN)
def test_an_answer_that_is_known_by_heart_earns_nothing(
    how: str, grade: Grade, tmp_path: Path
) -> None:
    path = tmp_path / "layers.py"
    path.write_text(_TABLE.format(body=_KNOWN[how]), encoding="utf-8")

    card = grade(path).scorecard

    assert Fraction(card.points_exact) == 0


def test_answers_to_all_that_is_published_are_named_for_what_they_are(graded: Grade) -> None:
    found = graded(BACKPROP / "mistakes" / "hard-coded.py")

    assert named(found) == {_BY_HEART}
    assert {one.output for one in found.scorecard.diagnoses} == {"Activation_ReLU.dinputs"}


# --- counter-examples -----------------------------------------------------------------------------


def examples(found: Graded) -> dict[str, CounterExample]:
    return {one.output: one for one in found.explained.examples}


@pytest.fixture(scope="module")
def hidden(backprop: Assignment, key: Key) -> frozenset[tuple[float, ...]]:
    """Return the numbers of hidden cases, but for small whole ones, and three of them in a row."""
    policy = policy_for(backprop.limits)
    cases = all_cases(backprop, key, lambda: keeper_for(policy, serves_author=True), None)
    shown = (one for one in cases if one.visibility is Visibility.HIDDEN)
    # Three whole numbers of a draw may stand in a row elsewhere by chance.
    return frozenset(
        mark
        for one in shown
        for mark in marks_of(one)
        if len(mark) == 1 or one.source is Source.NOTEBOOK
    )


@pytest.mark.parametrize("module", [*MISTAKES, *REWRITES])
def test_every_failing_output_has_a_small_example(module: str, graded: Grade) -> None:
    found = graded(Path(module))
    given = [value for one in examples(found).values() for value in one.case.given.values()]
    shapes = {np.shape(value) for value in given if isinstance(value, np.ndarray)}

    assert {one.output for one in found.explained.findings} <= set(examples(found))
    assert [shape for shape in shapes if shape[0] > 2 or shape[-1] > 3] == []


@pytest.mark.parametrize("module", MISTAKES)
def test_an_example_shares_no_number_with_a_hidden_case(
    module: str, graded: Grade, hidden: frozenset[tuple[float, ...]]
) -> None:
    found = examples(graded(Path(module))).values()

    assert len(hidden) > 500
    assert [one.case.id for one in found if marks_of(one.case) & hidden] == []
    assert {one.case.source for one in found} <= {Source.PUBLIC}


@pytest.fixture(scope="module")
def snippets(graded: Grade) -> dict[str, list[str]]:
    """Return the snippets of every module of a mistake."""
    return {
        name: [one.snippet for one in graded(Path(name)).explained.examples] for name in MISTAKES
    }


_RUNNER = """
import json, sys
definitions, snippets = json.load(sys.stdin)
names = {"__name__": "student"}
exec(definitions, names)
said = []
for snippet in snippets:
    try:
        exec(snippet, dict(names))
    except Exception as error:
        said.append(type(error).__name__)
    else:
        said.append("")
sys.stderr.write(json.dumps(said))
"""


def run_below(definitions: str, found: list[str]) -> list[str]:
    """Run snippets below definitions in a fresh interpreter; return what each stopped with."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", _RUNNER],
        input=json.dumps([definitions, found]),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    said: list[str] = json.loads(done.stderr.splitlines()[-1])
    return said


def test_a_snippet_holds_for_the_reference(snippets: dict[str, list[str]]) -> None:
    reference = (BACKPROP / "layers.py").read_text(encoding="utf-8")
    every = [one for found in snippets.values() for one in found]

    assert len(every) > 150
    assert set(run_below(reference, every)) == {""}


@pytest.mark.parametrize("module", MISTAKES)
def test_a_snippet_fails_for_the_submission(module: str, snippets: dict[str, list[str]]) -> None:
    said = run_below((ROOT / module).read_text(encoding="utf-8"), snippets[module])

    assert said
    assert "" not in said


@pytest.mark.parametrize("module", REWRITES[::6])
def test_a_snippet_fails_behind_the_wall_as_well(module: str, graded: Grade) -> None:
    """A student's file may do more than define: what the grader takes of it is what counts."""
    found = graded(Path(module))
    source = (ROOT / module).read_text(encoding="utf-8")
    for one in found.explained.examples:
        body = textwrap.indent(one.snippet, "    ")
        assert _stops(f"{source}\n\ndef check():\n{body}    return 1.0\n")


def _stops(source: str) -> bool:
    words = msgspec.structs.replace(VOCABULARY, functions=("check",))
    asked = case({"check": 1.0}, given={}, program=program("done = check()\ndone", None, words))
    with keeper_for(policy_for(LIMITS)) as keeper:
        (outcome,) = session.run(keeper, submission(source.encode()), [asked], LIMITS).outcomes
    return outcome.problem is not None


def test_an_example_of_a_changed_argument_shows_it_before_and_after(graded: Grade) -> None:
    found = examples(graded(BACKPROP / "mistakes" / "changes-dvalues.late-copy.py"))
    one = found["Activation_ReLU.contract"]

    assert one.verdict.state is State.WRONG
    assert "D_before = D.copy()" in one.snippet
    assert set(one.outcome.seen.changed) == {"D"}
