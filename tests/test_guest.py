"""What student code finds around it: no expected value, no key, and no grader."""

import hashlib
import textwrap
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from grader.assignment.casebook import all_cases
from grader.assignment.key import Key
from grader.model import (
    Assignment,
    Case,
    ConstantArgument,
    Construct,
    Limits,
    Outcome,
    Read,
    Signature,
    Source,
    SourceFile,
    Submission,
    Tolerance,
    Visibility,
)
from grader.program import make_program
from grader.sandbox import session
from grader.sandbox.host import keeper_for
from grader.sandbox.keeper import Keeper
from grader.sandbox.paths import policy_for

# Patient: these submissions search their whole memory.
_LIMITS = Limits(case_cpu=30.0, case_wall=60.0, submission_wall=600.0)
_ONE = ConstantArgument(1)
_MASK = 0x5DEECE66D1234567

_SEARCH = """
    import gc, os, sys
    import numpy as np

    MASKED = np.array({masked}, dtype=np.uint64)
    MASK = np.uint64({mask})

    def words(data):
        return np.frombuffer(data, np.uint8)[: len(data) // 8 * 8].view(np.uint64)

    def hits(data):
        # The values looked for are held masked, so that the search does not find itself.
        return int(np.isin(words(data) ^ MASK, MASKED).sum())

    def memory():
        if not os.access("/proc/self/mem", os.R_OK):
            return
        with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as mem:
            for line in maps:
                span, rights = line.split()[:2]
                start, end = (int(part, 16) for part in span.split("-"))
                if rights.startswith("rw"):
                    mem.seek(start)
                    try:
                        yield mem.read(end - start)
                    except OSError:
                        pass

    def objects():
        frame = sys._getframe()
        while frame:
            yield from frame.f_locals.values()
            yield from frame.f_globals.values()
            frame = frame.f_back
        yield from gc.get_objects()

    def search():
        found = sum(hits(part) for part in memory())
        arrays = [one for one in objects() if type(one) is np.ndarray and one.dtype == np.float64]
        return found + sum(hits(np.ascontiguousarray(one).tobytes()) for one in arrays)

    class Layer_Dense:
        def __init__(self, n_inputs, n_neurons):
            self.weights = None
        def forward(self, inputs):
            self.output = inputs @ self.weights + self.biases
        def backward(self, dvalues):
            self.dinputs = np.array([[float(search())]])
"""


def _submission(source: str) -> Submission:
    data = textwrap.dedent(source).encode()
    main = SourceFile("layers.py", (data,), is_notebook=False)
    return Submission("layers.py", "test", hashlib.sha256(data).hexdigest(), None, main, ())


@pytest.fixture(scope="module")
def cases(
    backprop: Assignment, key: Key, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Case, ...]:
    def author() -> Keeper:
        return keeper_for(policy_for(backprop.limits), serves_author=True)

    return all_cases(backprop, key, author, tmp_path_factory.mktemp("cases"))


def _run(source: str, cases: Sequence[Case], without: tuple[str, ...] = ()) -> tuple[Outcome, ...]:
    with keeper_for(policy_for(_LIMITS, without=without)) as keeper:
        return session.run(keeper, _submission(source), cases, _LIMITS).outcomes


def run_alone(source: str, limits: Limits) -> Outcome:
    """Run a submission on one case: make a `Layer_Dense(1, 1)`, and read its `found`."""
    step = Construct("x", "Layer_Dense", ("Layer_Dense",), (_ONE, _ONE), Signature(((0, 1),)))
    read = Read("x", "found", ("found",), "found")
    program = make_program("x = Layer_Dense(1, 1)", (step, read), ())
    case = Case(
        "alone", "alone", "", Visibility.HIDDEN, Source.FRESH, program, {}, {}, Tolerance(),
        Fraction(1), repeats=False,
    )  # fmt: skip
    with keeper_for(policy_for(limits)) as keeper:
        (outcome,) = session.run(keeper, _submission(source), [case], limits).outcomes
    return outcome


def _words(arrays: Sequence[object]) -> set[int]:
    floats = [np.asarray(array, dtype=np.float64).ravel() for array in arrays]
    return {int(word) for array in floats for word in array.view(np.uint64)}


def _found(words: set[int], case: Case) -> float:
    masked = sorted(word ^ _MASK for word in words)
    source = textwrap.dedent(_SEARCH).format(masked=masked, mask=_MASK)
    # With the files of the host in sight: the memory that is searched is in /proc.
    (outcome,) = _run(source, [case], without=("namespaces", "root", "landlock", "user"))
    array = outcome.outputs["Layer_Dense.dinputs"].array
    assert array is not None
    return float(array[0, 0])


def _draw(cases: Sequence[Case], name: str) -> Case:
    return next(case for case in cases if case.id == name)


def test_the_search_finds_what_is_there(cases: tuple[Case, ...]) -> None:
    case = _draw(cases, "dense-tall")

    assert _found(_words([case.given["D"]]), case) >= np.size(case.given["D"])


def test_no_expected_value_is_in_the_process(cases: tuple[Case, ...]) -> None:
    case = _draw(cases, "dense-tall")
    names = ("Layer_Dense.dweights", "Layer_Dense.dbiases", "Layer_Dense.dinputs")
    expected = [other.expected[n] for other in cases for n in names if n in other.expected]
    given = [value for other in cases for value in other.given.values()]
    trivial = _words([np.arange(-50.0, 50.0, 0.25)])

    secret = _words(expected) - _words(given) - trivial

    assert len(secret) > 100
    assert _found(secret, case) == 0


_REMEMBER = """
    import numpy as np
    SEEN = []
    class Layer_Dense:
        def __init__(self, n_inputs, n_neurons):
            self.weights = None
        def forward(self, inputs):
            SEEN.append(inputs)
            print([array.tolist() for array in SEEN])
            self.output = inputs @ self.weights + self.biases
        def backward(self, dvalues):
            SEEN.append(dvalues)
            self.dinputs = np.concatenate([array.ravel() for array in SEEN])[np.newaxis]
"""


def test_a_public_case_never_shows_what_a_hidden_one_handed_over(cases: tuple[Case, ...]) -> None:
    hidden = [c for c in cases if c.visibility is Visibility.HIDDEN and c.source == "fresh"]
    public = [case.id for case in cases if case.visibility is Visibility.PUBLIC]
    outcomes = [one for one in _run(_REMEMBER, cases) if one.case in public]
    answers = [one.outputs.get("Layer_Dense.dinputs") for one in outcomes]
    shown = _words([answer.array for answer in answers if answer is not None])
    secret = _words(
        [case.given[name] for case in hidden for name in ("X", "D") if name in case.given]
    )

    assert len(shown) > 5
    assert not (secret - _words([np.arange(-50.0, 50.0, 0.25)])) & shown
    printed = [repr(float(x)) for x in np.ravel(hidden[0].given["D"])]
    assert not any(number in one.text for one in outcomes for number in printed)


_LOOKS_BACK = """
    import sys
    import numpy as np
    class Layer_Dense:
        def __init__(self, n_inputs, n_neurons):
            own = [one for one in sys.modules if "sample" in one or one == "submission"]
            helpers = [one for one in sys.meta_path if type(one).__name__ == "Helpers"]
            self.found = np.array([len(own), len(helpers)])
"""


def test_of_what_a_server_rehearsed_nothing_is_left() -> None:
    found = run_alone(_LOOKS_BACK, Limits()).outputs["found"].array

    assert found is not None
    assert found.tolist() == [1, 1]  # the module and the helpers that are its own


_IMPORTS = """
    import os
    import sys
    import numpy as np
    class Layer_Dense:
        def __init__(self, n_inputs, n_neurons):
            pass
        def forward(self, inputs):
            pass
        def backward(self, dvalues):
            for name in {names}:
                try:
                    __import__(name)
                    print("IMPORTED", name)
                except ImportError:
                    print("refused", name)
            print("ENVIRONMENT", sorted(os.environ))
"""
_NAMES = [
    "grader",
    "grader.model",
    "solutions",
    "assignments",
    "tests",
    "msgspec",
    "click",
    "numpy.fft",
]


def imports_source() -> str:
    """Return a submission that tries to import what it should not find."""
    return textwrap.dedent(_IMPORTS).format(names=_NAMES)


def test_nothing_of_the_grader_can_be_imported(cases: tuple[Case, ...]) -> None:
    (outcome,) = _run(imports_source(), [_draw(cases, "dense-tall")])

    imported = [line for line in outcome.text.splitlines() if line.startswith("IMPORTED")]
    assert imported == ["IMPORTED numpy.fft"]


def test_the_environment_is_made_from_nothing(
    cases: tuple[Case, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADER_KEY", "a secret that must not be handed down")

    (outcome,) = _run(imports_source(), [_draw(cases, "dense-tall")])

    assert "ENVIRONMENT" in outcome.text
    assert "GRADER" not in outcome.text


def test_a_submission_is_started_nowhere_near_its_file(cases: tuple[Case, ...]) -> None:
    source = "import os\nclass Layer_Dense:\n def __init__(self, a, b): print(os.getcwd())\n"

    (outcome,) = _run(source, [_draw(cases, "dense-tall")])

    assert Path(outcome.text.strip()) == Path("/")
