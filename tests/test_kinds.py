"""An assignment of functions that give truth values, labels and numbers that are none."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.assignment.key import Key
from grader.assignment.manifest import load_assignment
from grader.explain import untold
from grader.grade import prepare
from grader.model import Graded, Probes, Source, State
from grader.report.view import page
from grader.sandbox.host import keeper_for
from grader.sandbox.paths import policy_for
from grader.submission.read import make_submission
from tests.builders import MANIFEST, TOY, case, submission, write_assignment
from tests.conftest import RunCli

_CASE = """
[[cases]]
id = "{draw}-{number}"
exercise = "{program}"
title = "{draw}"
program = "{program}"
draw = "{draw}"
"""
_HEAD = """\
schema = "grader/assignment/1"
title = "Kinds"
files = ["toy.py"]
functions = ["inside", "nearest", "logarithm", "loss", "picked", "picked_gradient", "lowest"]
writes = ["inside", "nearest", "logarithm", "loss", "picked", "picked_gradient", "lowest"]

[[exercises]]
id = "places"
title = "Places"
asks = "Which are inside, and which centre is nearest."
points = 6
outputs = { "inside" = 3, "nearest" = 3 }

[[exercises]]
id = "values"
title = "Values"
asks = "Logarithms, and one number."
points = 4
outputs = { "logarithm" = 2, "loss" = 2 }

[[exercises]]
id = "picks"
title = "Picks"
asks = "The sum of squares of what labels pick, and its gradient."
points = 2
outputs = { "picked" = 1, "picked_gradient" = 1 }

[[exercises]]
id = "lowest"
title = "Lowest"
asks = "The lowest number, and where it is."
points = 2
outputs = { "lowest.value" = 1, "lowest.place" = 1 }

[programs.lowest]
given = ["x"]
steps = '''
value, place = lowest(x)
value
place
'''

[programs.places]
given = ["x", "c"]
steps = '''
i = inside(x)
i
n = nearest(x, c)
n
'''

[programs.values]
given = ["x", "c"]
steps = '''
y = logarithm(x)
y
z = loss(x, c)
z
'''

[programs.picks]
given = ["x", "k"]
steps = '''
s = picked(x, k)
s
g = picked_gradient(x, k)
g
'''

[[derivatives]]
program = "picks"
of = "picked"
outputs = { "picked_gradient" = "x" }

[[cases]]
id = "places-public"
exercise = "places"
title = "five numbers"
program = "places"
given = { x = [-2.0, -0.5, 0.0, 0.75, 3.0], c = [-1.0, 1.5] }

[[cases]]
id = "lowest-public"
exercise = "lowest"
title = "three numbers"
program = "lowest"
given = { x = [2.0, -3.5, 1.0] }

[[cases]]
id = "values-public"
exercise = "values"
title = "four numbers"
program = "values"
given = { x = [-2.0, 0.5, 1.0, 3.0], c = [-1.0, 1.5] }
"""
_DRAWS = """\
import numpy as np


def places(rng):
    return {"x": rng.normal(size=6), "c": rng.normal(size=3)}


def values(rng):
    return {"x": rng.normal(size=5), "c": rng.normal(size=3)}


def picks(rng):
    return {"x": rng.normal(size=4), "k": rng.integers(0, 4, size=3)}


def lowest(rng):
    return {"x": rng.normal(size=4)}


def single(rng):
    return {"x": np.float32(rng.normal(size=5)), "c": np.float32(rng.normal(size=3))}
"""
REFERENCE = """\
import numpy as np


def inside(x):
    return np.abs(x) < 1


def nearest(x, c):
    return np.argmin(np.abs(x[:, None] - c), axis=1)


def logarithm(x):
    with np.errstate(all="ignore"):
        return np.log(x)


def loss(x, c):
    return np.mean((x[:, None] - c) ** 2)


def picked(x, k):
    return np.sum(x[k] ** 2)


def picked_gradient(x, k):
    return 2 * x * np.bincount(k, minlength=len(x))


def lowest(x):
    return np.min(x), np.argmin(x)
"""

GradeSource = Callable[[str], Graded]


def write_kinds(root: Path) -> Path:
    """Write the assignment below `root`; return its folder."""
    drawn = [
        ("places", "places"), ("values", "values"), ("values", "single"), ("picks", "picks"),
        ("lowest", "lowest"),
    ]  # fmt: skip
    cases = [
        _CASE.format(program=program, draw=draw, number=number)
        for program, draw in drawn
        for number in (1, 2)
    ]
    folder = write_assignment(root, _HEAD + "".join(cases), "kinds", REFERENCE)
    (folder / "cases.py").write_text(_DRAWS, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def graded(key: Key, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GradeSource]:
    """Grade a source text on all cases."""
    assignment = load_assignment(write_kinds(tmp_path_factory.mktemp("kinds")))
    with keeper_for(policy_for(assignment.limits, assignment.packages)) as keeper:
        one = prepare(assignment, key, None, keeper)
        yield lambda source: one(
            make_submission("toy.py", {"toy.py": source.encode()}, assignment.files, "", None)
        )


def states(graded: Graded) -> dict[str, State]:
    """Return the worst state of each output over all cases."""
    found: dict[str, State] = {}
    order = list(State)
    for exercise in graded.scorecard.exercises:
        for output in (output for one in exercise.cases for output in one.outputs):
            known = found.get(output.name, State.PASSED)
            found[output.name] = min(known, output.state, key=order.index)
    return found


def replaced(function: str, body: str) -> str:
    """Return the reference with another body of a function."""
    head, _, rest = REFERENCE.partition(f"def {function}(")
    signature, _, rest = rest.partition("\n")
    after = rest.find("\n\n\n")
    return f"{head}def {function}({signature}\n    {body}{rest[after:] if after >= 0 else ''}\n"


def first(graded: Graded) -> str:
    return page(graded).first


def test_the_reference_has_all_points(graded: GradeSource) -> None:
    assert graded(REFERENCE).scorecard.points_exact == "14"


@pytest.mark.parametrize("body", ["return np.abs(x) >= 1", "return np.abs(x) < 2"])
def test_wrong_truth_values_are_wrong(body: str, graded: GradeSource) -> None:
    found = graded(replaced("inside", body))

    assert states(found)["inside"] is State.WRONG
    assert states(found)["nearest"] is State.PASSED
    assert found.scorecard.points_exact == "11"


def test_labels_that_begin_with_one_are_off_by_one(graded: GradeSource) -> None:
    found = graded(replaced("nearest", "return 1 + np.argmin(np.abs(x[:, None] - c), axis=1)"))

    (finding,) = found.explained.findings
    assert str(finding.observed) == "Your `nearest` is off by 1 everywhere."


def test_a_function_that_is_missing_takes_no_other_along(graded: GradeSource) -> None:
    found = graded(REFERENCE.replace("def inside", "def insides"))

    assert states(found)["inside"] is State.MISSING
    assert states(found)["nearest"] is State.PASSED
    assert found.scorecard.points_exact == "11"


def test_a_function_that_raises_takes_no_other_along(graded: GradeSource) -> None:
    found = graded(replaced("inside", "return np.abs(y) < 1"))

    assert states(found)["inside"] is State.ERROR
    assert states(found)["nearest"] is State.PASSED


def test_a_function_that_gives_nothing_back_is_told_as_that(graded: GradeSource) -> None:
    source = replaced("inside", "print(np.abs(x) < 1)").replace(
        "return np.argmin(", "inside(x).any(); return np.argmin("
    )
    found = graded(source)

    assert states(found)["inside"] is State.MISSING
    assert states(found)["nearest"] is State.ERROR
    assert first(found) == "inside: it gives nothing back"
    assert [words for words, _ in page(found).first_links] == ["See an example"]


def test_what_never_returns_is_blamed_and_not_what_was_called_before(graded: GradeSource) -> None:
    found = graded(replaced("nearest", "while True: pass"))

    assert states(found)["nearest"] is State.TIMED_OUT
    assert states(found)["inside"] is State.BLOCKED
    assert first(found).startswith("nearest: it was still computing after")


def test_an_array_in_place_of_a_number_is_told_what_is_asked_for(graded: GradeSource) -> None:
    found = graded(replaced("loss", "return np.mean((x[:, None] - c) ** 2, axis=1)"))

    assert first(found) == "loss: its shape is (4,); a single number is asked for"


@pytest.mark.parametrize(
    ("body", "value", "place", "told"),
    [
        ("return [np.min(x), int(np.argmin(x))]", State.PASSED, State.PASSED, ""),
        ("return np.min(x), np.argmax(x)", State.PASSED, State.WRONG, "lowest.place: it is 0, "),
        ("return np.min(x)", State.WRONG, State.WRONG, "1 value is given back, where 2 are"),
        ("return 1, 2, 3", State.WRONG, State.WRONG, "3 values are given back, where 2 are"),
        ("return np.array([-3.5, 1])", State.WRONG, State.WRONG, "1 value is given back, where"),
        ("print(x)", State.MISSING, State.MISSING, "lowest.value: it gives nothing back"),
    ],
)
def test_values_that_are_given_back_together_are_judged_one_by_one(
    body: str, value: State, place: State, told: str, graded: GradeSource
) -> None:
    found = graded(replaced("lowest", body))

    assert [states(found)[f"lowest.{one}"] for one in ("value", "place")] == [value, place]
    assert told in first(found)


def test_what_fails_on_made_inputs_alone_is_shown_on_one(graded: GradeSource) -> None:
    found = graded(replaced("loss", "return np.mean((x[:, None] - c) ** 2) + (x[0] > 0)"))

    assert found.scorecard.exercises[1].cases[0].state is State.PASSED
    assert first(found).startswith("loss: it is ")


@pytest.mark.parametrize(
    ("function", "body", "shown"),
    [
        ("logarithm", "return np.log(np.abs(x))", "np.nan"),
        ("loss", "return 0j + np.mean((x[:, None] - c) ** 2)", "real numbers"),
        ("inside", "return np.abs(x) > 1", "True"),
        ("lowest", "return np.max(x), np.argmin(x)", "actual = value"),
    ],
)
def test_a_snippet_holds_for_the_reference_alone(
    function: str, body: str, shown: str, graded: GradeSource
) -> None:
    wrong = replaced(function, body)
    (example,) = [
        one for one in graded(wrong).explained.examples if one.output.startswith(function)
    ]

    def stops(source: str) -> bool:
        code = [sys.executable, "-c", f"{source}\n{example.snippet}"]
        return subprocess.run(code, capture_output=True, check=False).returncode != 0

    assert shown in example.snippet
    assert [stops(REFERENCE), stops(wrong)] == [False, True]


def test_what_is_still_empty_is_no_mistake_of_the_numbers_it_leaves(
    key: Key, tmp_path: Path
) -> None:
    manifest = MANIFEST.replace("toy = Toy()\n", "toy = Toy()\ntoy.result = x\n")
    folder = write_assignment(tmp_path, manifest)
    mistakes = tmp_path / "solutions" / "toy" / "mistakes"
    mistakes.mkdir()
    (mistakes / "same.py").write_text(TOY.replace("2 * x", "1 * x"), encoding="utf-8")
    text = '[same.text.en]\ntitle = "Not doubled"\nhints = ["How often?"]\n'
    mistakes.with_suffix(".toml").write_text(text, encoding="utf-8")
    assignment = load_assignment(folder)

    with keeper_for(policy_for(assignment.limits)) as keeper:
        one = prepare(assignment, key, None, keeper)
        empty = one(submission(TOY.replace("self.result = 2 * x", "pass").encode()))
        same = one(submission(TOY.replace("2 * x", "x.copy()").encode()))

    assert [str(told.observed) for told in empty.explained.findings] == [
        "`Toy.double` does nothing yet."
    ]
    assert [told.mistake for told in empty.explained.findings] == [None]
    assert [told.mistake for told in same.explained.findings] == ["same"]


def test_a_small_input_may_show_what_public_cases_do() -> None:
    row = case({}, given={"rate": 0.1, "x": 0.75}, source=Source.NOTEBOOK)
    public = case({}, given={"rate": 0.1})
    small = (case({}, given={"rate": 0.1}, id="a"), case({}, given={"x": 0.75}, id="b"))
    made = Probes(cases=(), small=small, near=(), fingerprints=(), stored={})

    assert [one.id for one in untold(made, [row, public]).small] == ["a"]
    assert [one.id for one in untold(made, [row]).small] == []


def test_such_an_assignment_can_be_proved(run_cli: RunCli, tmp_path: Path) -> None:
    folder = write_kinds(tmp_path)
    variants = tmp_path / "solutions" / "kinds" / "variants"
    variants.mkdir()
    (variants / "same.py").write_text(REFERENCE, encoding="utf-8")
    (folder / "toy.py").write_text("import numpy as np\n", encoding="utf-8")

    lines = run_cli("validate", folder).stdout.splitlines()

    title = "the reference's derivatives agree with differences of its forward"
    assert f"✓ {title}: picked_gradient" in lines
    assert "✓ right solutions of other kinds have all points: 1 variants have all points" in lines
