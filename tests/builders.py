"""Small records and folders for tests; what a test does not say has a plain default."""

import textwrap
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from grader.model import (
    Assignment,
    Case,
    Diagnosis,
    Ending,
    Exercise,
    Isolation,
    Limits,
    Outcome,
    OutputVerdict,
    Program,
    Scorecard,
    ScoredCase,
    ScoredExercise,
    ScoredOutput,
    Seen,
    Source,
    SourceFile,
    State,
    Submission,
    SubmissionId,
    Tolerance,
    Value,
    Verdict,
    Visibility,
)
from grader.program import Vocabulary, parse_program
from grader.wording import UNSAID, verbatim

VOCABULARY = Vocabulary(
    classes=("Layer", "Relu"),
    functions=("mse", "scale"),
    watched=("Layer.backward", "Relu.backward", "scale"),
)
GIVEN = ("n", "W", "X", "Z", "D", "rate")
BACKWARD = """
    layer = Layer(n)
    layer.forward(X)
    layer.output
    layer.backward(D)
    layer.dweights
    layer.dbiases
"""


def value(data: ArrayLike, kind: str = "array") -> Value:
    """Return what arrives of an array."""
    return Value(kind=kind, array=np.asarray(data))


def program(
    text: str, derived: Mapping[str, str] | None = None, vocabulary: Vocabulary = VOCABULARY
) -> Program:
    """Read a program over a small vocabulary."""
    return parse_program(textwrap.dedent(text), derived or {}, vocabulary, frozenset(GIVEN))


def case(expected: Mapping[str, ArrayLike], text: str = BACKWARD, **changes: object) -> Case:
    """Return a public case of one exercise."""
    plain = Case(
        id="one",
        exercise="dense",
        title="a case",
        visibility=Visibility.PUBLIC,
        source=Source.PUBLIC,
        program=program(text),
        given={},
        expected={name: np.asarray(data) for name, data in expected.items()},
        tolerance=Tolerance(),
        weight=Fraction(1),
        repeats=False,
    )
    return msgspec.structs.replace(plain, **changes)


def outcome(outputs: Mapping[str, Value] | None = None, **changes: object) -> Outcome:
    """Return the outcome of a case that was answered."""
    plain = Outcome(
        case="one",
        ending=Ending.ANSWERED,
        step=None,
        outputs=dict(outputs or {}),
        missing=(),
        seen=Seen(),
        problem=None,
        text="",
        reason=UNSAID,
    )
    return msgspec.structs.replace(plain, **changes)


def exercise(outputs: Mapping[str, Fraction | int], **changes: object) -> Exercise:
    """Return an exercise; its points are those of its outputs."""
    shares = {name: Fraction(points) for name, points in outputs.items()}
    plain = Exercise(
        id="dense",
        title="The layer",
        asks="Write it.",
        points=sum(shares.values(), Fraction(0)),
        outputs=shares,
        contract=next((name for name in shares if name.endswith(".contract")), None),
    )
    return msgspec.structs.replace(plain, **changes)


def assignment(*exercises: Exercise, **changes: object) -> Assignment:
    """Return an assignment that stands in no folder."""
    plain = Assignment(
        slug="toy",
        title="Toy",
        folder="/nowhere",
        digest="0" * 64,
        files=("toy.py",),
        language="en",
        packages=(),
        definitions=("Layer", "Relu"),
        exercises=exercises,
        plans=(),
        limits=Limits(),
        reference="/nowhere/toy.py",
        solutions="/nowhere",
        derivatives=(),
        mistakes={},
    )
    return msgspec.structs.replace(plain, **changes)


def verdict(case_id: str, states: Mapping[str, State], **changes: object) -> Verdict:
    """Return a verdict of outputs in given states, each with a reason that quotes a number."""
    outputs = tuple(
        OutputVerdict(
            name=name, state=state, reason=verbatim("" if state is State.PASSED else "it is 4711")
        )
        for name, state in states.items()
    )
    plain = Verdict(
        case=case_id,
        state=min(states.values(), key=list(State).index),
        outputs=outputs,
        problem=None,
        notes=(),
    )
    return msgspec.structs.replace(plain, **changes)


def submission(source: bytes = b"", name: str = "toy.py") -> Submission:
    """Return a submission of one file."""
    main = SourceFile(name=name, cells=(source,), is_notebook=False)
    return Submission(
        name=name, student="anna", sha256="5" * 64, received_at=None, main=main, helpers=()
    )


def scored_output(**changes: object) -> ScoredOutput:
    """Return an output that is right, worth one point."""
    plain = ScoredOutput(
        name="Layer.dweights", state=State.PASSED, points=1.0, max_points=1.0, reason=None
    )
    return msgspec.structs.replace(plain, **changes)


def scored_case(state: State = State.PASSED, **changes: object) -> ScoredCase:
    """Return a case with one output, both in a given state."""
    passed = state is State.PASSED
    output = scored_output(
        state=state, points=float(passed), reason=None if passed else f"it is {state.value}"
    )
    plain = ScoredCase(
        id="one",
        title="a case",
        visibility=Visibility.PUBLIC,
        state=state,
        outputs=(output,),
        diagnosis=None,
        error=None,
    )
    return msgspec.structs.replace(plain, **changes)


def scorecard(*cases: ScoredCase, **changes: object) -> Scorecard:
    """Return a scorecard with one exercise of these cases."""
    points = sum(output.points for one in cases for output in one.outputs)
    most = sum(output.max_points for one in cases for output in one.outputs)
    plain = Scorecard(
        assignment="toy",
        submission=SubmissionId(name="toy.py", student="anna", sha256="5" * 64),
        points=points,
        max_points=most,
        points_exact=str(Fraction(points)),
        exercises=(
            ScoredExercise(
                id="dense", title="The layer", points=points, max_points=most, cases=cases
            ),
        ),
        diagnoses=(),
        notes=(),
        isolation=Isolation(tier="weak", layers=("rlimits",)),
        key_id="0123456789ab",
        versions={"python": "3.11.7", "grader": "0.1.0", "assignment": "0" * 64},
    )
    return msgspec.structs.replace(plain, **changes)


def diagnosis(**changes: object) -> Diagnosis:
    """Return a diagnosis."""
    plain = Diagnosis(id="mean", title="Divided", hint="Sum.", output="Layer.dweights")
    return msgspec.structs.replace(plain, **changes)


# --- a whole assignment in a folder ---------------------------------------------------------------

MANIFEST = """\
schema = "grader/assignment/1"
title = "Doubling"
files = ["toy.py"]
classes = ["Toy"]
writes = ["Toy.double"]

[[exercises]]
id = "double"
title = "Twice as much"
asks = "Double it."
points = 2
outputs = { "Toy.result" = 1 }

[programs.double]
given = ["x"]
steps = '''
toy = Toy()
toy.double(x)
toy.result
'''

[[cases]]
id = "public-1"
exercise = "double"
title = "two numbers"
program = "double"
given = { x = [1.0, 2.0] }

[[cases]]
id = "fresh-1"
exercise = "double"
title = "a few numbers"
program = "double"
draw = "few"
"""

# What students are given of backprop, with a body for each backward.
LAYERS = """
import numpy as np

class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = np.zeros((n_inputs, n_neurons))
        self.biases = np.zeros((1, n_neurons))
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        {dense}

class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)
    def backward(self, dvalues):
        {relu}
"""

TOY = """\
class Toy:
    def double(self, x):
        self.result = 2 * x
"""

DRAWS = """\
def few(rng):
    return {"x": rng.normal(size=3)}
"""


def write_assignment(
    root: Path, manifest: str = MANIFEST, slug: str = "toy", solution: str = TOY
) -> Path:
    """Write an assignment and its solution below `root`; return the assignment's folder."""
    folder, solutions = root / "assignments" / slug, root / "solutions" / slug
    folder.mkdir(parents=True)
    solutions.mkdir(parents=True)
    (folder / "assignment.toml").write_text(manifest, encoding="utf-8")
    (folder / "cases.py").write_text(DRAWS, encoding="utf-8")
    (solutions / "toy.py").write_text(solution, encoding="utf-8")
    return folder
