"""Mutants of a reference: which there are, and that nothing else changes."""

import ast
import difflib
import textwrap

import pytest

from grader.author.mutants import Mutant, mutants
from grader.errors import AssignmentError
from tests.conftest import ROOT

_REFERENCE = (ROOT / "solutions" / "backprop" / "layers.py").read_bytes()
_WRITTEN = frozenset({"Layer_Dense.backward", "Activation_ReLU.backward"})

_SMALL = b'''\
import numpy as np


def given(x):
    return x + 1


class Layer:
    def forward(self, x):
        self.x = x * 2

    def backward(self, d):
        """Has 2 lines."""
        if d > 0:
            self.dx = -d
        return self.dx
'''


def of(body: str, parameters: str = "self, a, b") -> dict[str, str]:
    """Return the mutants of a function's body: name, without the line, to what its lines became."""
    source = f"def f({parameters}):\n{textwrap.indent(textwrap.dedent(body), '    ')}\n"
    found = mutants(source.encode(), frozenset({"f"}))
    return {each.name.partition(": ")[2]: _added(each) for each in found}


def names(found: tuple[Mutant, ...]) -> list[str]:
    return [mutant.name for mutant in found]


def changed_lines(before: bytes, after: bytes) -> set[int]:
    """Return which lines of `before`, from 1, are not in `after`."""
    blocks = difflib.SequenceMatcher(
        None, before.splitlines(), after.splitlines(), autojunk=False
    ).get_opcodes()
    return {line + 1 for tag, i, j, _, _ in blocks if tag != "equal" for line in range(i, j)}


def _added(mutant: Mutant) -> str:
    lines = mutant.diff.splitlines()
    return "\n".join(line.removeprefix("+ ") for line in lines if line.startswith("+"))


# --- all of a source ------------------------------------------------------------------------------


def test_a_small_source_has_these() -> None:
    found = mutants(_SMALL, frozenset({"Layer.backward"}))

    assert names(found) == [
        "line 14: > to >=",
        "line 14: > to <",
        "line 14: > to <=",
        "line 14: 0 to 1",
        "line 14: statement dropped",
        "line 14: d to self.dx",
        "line 14: condition negated",
        "line 15: minus dropped",
        "line 15: statement dropped",
        "line 15: d to self.dx",
        "line 16: statement dropped",
        "line 16: self.dx to d",
        "line 16: return value dropped",
    ]
    assert found[0].line == 14
    assert found[0].diff == "- if d > 0:\n+ if d >= 0:"
    assert found[0].source == _SMALL.replace(b"d > 0", b"d >= 0")
    assert found[7].source == _SMALL.replace(b"= -d", b"= d")


def test_it_is_the_same_every_time() -> None:
    assert mutants(_REFERENCE, _WRITTEN) == mutants(_REFERENCE, _WRITTEN)


@pytest.mark.parametrize(
    ("source", "within"),
    [
        pytest.param(_REFERENCE, _WRITTEN, id="reference"),
        pytest.param(_SMALL, frozenset({"given", "Layer.forward", "Layer.backward"}), id="small"),
    ],
)
def test_all_compile_and_differ(source: bytes, within: frozenset[str]) -> None:
    found = mutants(source, within)

    for mutant in found:
        compile(mutant.source, mutant.name, "exec")
    assert len({source, *(mutant.source for mutant in found)}) == len(found) + 1
    assert len({ast.dump(ast.parse(mutant.source)) for mutant in found}) == len(found)
    assert len(set(names(found))) == len(found)
    assert [mutant.line for mutant in found] == sorted(mutant.line for mutant in found)


@pytest.mark.parametrize(
    ("within", "lines"),
    [
        ({"given"}, {5}),
        ({"Layer.forward"}, {10}),
        ({"Layer.backward"}, {14, 15, 16}),
        ({"backward", "Layer", "Other.forward"}, set()),
    ],
)
def test_only_what_students_write_is_changed(within: set[str], lines: set[int]) -> None:
    found = mutants(_SMALL, frozenset(within))

    changed = {line for mutant in found for line in changed_lines(_SMALL, mutant.source)}
    assert changed == {mutant.line for mutant in found} == lines


def test_what_is_not_python_is_refused() -> None:
    for source in (b"def f(:\n", b"x = '\xff'\n"):
        with pytest.raises(AssignmentError, match="the reference is not Python"):
            mutants(source, frozenset({"f"}))


# --- the shipped reference ------------------------------------------------------------------------


def test_the_reference_has_the_mistakes_that_students_make() -> None:
    found = mutants(_REFERENCE, _WRITTEN)

    assert len(found) >= 40
    assert {
        "self.dweights = np.dot(self.inputs, dvalues)",
        "self.dweights = np.dot(dvalues, self.inputs.T)",
        "self.dweights = np.dot(self.weights.T, dvalues)",
        "self.dbiases = np.mean(dvalues, axis=0, keepdims=True)",
        "self.dbiases = np.sum(dvalues, axis=1, keepdims=True)",
        "self.dbiases = np.sum(dvalues, keepdims=True)",
        "self.dbiases = np.sum(dvalues, axis=0)",
        "self.dinputs = np.dot(dvalues, self.weights)",
        "self.dinputs = np.dot(self.weights.T, dvalues)",
        "self.dinputs = np.where(self.inputs >= 0, dvalues, 0)",
        "self.dinputs = np.where(self.inputs > 0, 0, dvalues)",
        "self.dinputs = np.where(dvalues > 0, dvalues, 0)",
    } <= {_added(mutant) for mutant in found}


def test_each_statement_of_the_reference_is_dropped() -> None:
    found = mutants(_REFERENCE, _WRITTEN)

    dropped = [mutant.diff for mutant in found if mutant.name.endswith(": statement dropped")]
    assert dropped == [
        "- self.dweights = np.dot(self.inputs.T, dvalues)",
        "- self.dbiases = np.sum(dvalues, axis=0, keepdims=True)",
        "- self.dinputs = np.dot(dvalues, self.weights.T)",
        "- self.dinputs = np.where(self.inputs > 0, dvalues, 0)\n+ pass",
    ]


def test_only_the_lines_of_one_statement_of_the_reference_change() -> None:
    for mutant in mutants(_REFERENCE, _WRITTEN):
        assert changed_lines(_REFERENCE, mutant.source) == {mutant.line}, mutant.name


# --- kinds of change ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "change", "changed"),
    [
        ("x = a + b", "+ to -", "x = a - b"),
        ("x = a * b", "* to /", "x = a / b"),
        ("x = a * b + 5", "* to +", "x = a + b + 5"),
        ("x = (a + b) * 5", "+ to *", "x = a * b * 5"),
        ("x = a - b", "operands swapped", "x = b - a"),
        ("x = a @ b", "operands swapped", "x = b @ a"),
        ("x = -a", "minus dropped", "x = a"),
        ("x = np.dot(a, b)", "operands of dot swapped", "x = np.dot(b, a)"),
        ("x = a.dot(b)", "operands of dot swapped", "x = b.dot(a)"),
        ("x = mse(a, b)", "operands of mse swapped", "x = mse(b, a)"),
        ("x = np.sum(a)", "sum to mean", "x = np.mean(a)"),
        ("x = a.sum(axis=0)", "sum to max", "x = a.max(axis=0)"),
        ("x = np.zeros_like(a)", "zeros_like to ones_like", "x = np.ones_like(a)"),
        ("x = a.T @ b", "T dropped", "x = a @ b"),
        ("x = a.T @ b", "T added to the right factor", "x = a.T @ b.T"),
        ("x = np.matmul(a - b, b)", "T added to the left factor", "x = np.matmul((a - b).T, b)"),
        ("x = a.dot(b)", "T added to the left factor", "x = a.T.dot(b)"),
        ("x = a.sum(axis=-1)", "axis -1 to 0", "x = a.sum(axis=0)"),
        ("x = a.sum(axis=1)", "axis 1 to 0", "x = a.sum(axis=0)"),
        ("x = a.sum(axis=1)", "axis dropped", "x = a.sum()"),
        ("x = a.sum(keepdims=True)", "keepdims True to False", "x = a.sum(keepdims=False)"),
        ("x = a == b", "== to !=", "x = a != b"),
        ("x = 1 < a <= b", "<= to <", "x = 1 < a < b"),
        ("x = 1", "1 to 0", "x = 0"),
        ("x = 2.0", "2.0 to 1.0", "x = 1.0"),
        ("x = 7", "7 to 8", "x = 8"),
        ("x = True", "True to False", "x = False"),
        ("x = np.where(a, b, 3)", "branches of where swapped", "x = np.where(a, 3, b)"),
        ("x = a[1:]", "slice dropped", "x = a"),
        ("x = a[:, 0]", "index 0 to -1", "x = a[:, -1]"),
        ("x += a", "augmented + to -", "x -= a"),
        ("x -= a", "augmented to plain", "x = a"),
        ("x = self.y + a", "a to self.y", "x = self.y + self.y"),
        ("a[self.y > 3] = 5", "> to >=", "a[self.y >= 3] = 5"),
        ("return a if b else 3", "condition negated", "return a if not b else 3"),
        ("return a", "return value dropped", "return"),
        ("x = a", "statement dropped", "pass"),
        ("while a > b:\n    a -= b", "> to >=", "while a >= b:"),
        ("for i in range(a, b):\n    x = i", "a to b", "for i in range(b, b):"),
    ],
)
def test_a_statement_is_changed(statement: str, change: str, changed: str) -> None:
    assert of(statement)[change] == changed


def test_what_commutes_is_not_swapped() -> None:
    for statement in ("a + b", "a * b", "np.maximum(a, b)", "np.multiply(a, b)"):
        assert not [name for name in of(f"x = {statement}") if "swapped" in name]


def test_these_stay() -> None:
    assert set(of("'''Says 1.'''\npass")) == set()
    assert set(of("x = f'{a:.3f} of 7'")) == {"statement dropped"}
    assert set(of("self.a.b[a] = 'text'")) == {"statement dropped", "a to b", "a to self.a"}


def test_axis_and_keepdims_are_changed_with_their_call_alone() -> None:
    found = of("x = np.cumsum(self.y, axis=1, keepdims=True)", "self")

    assert set(found) == {
        "cumsum to cumprod",
        "axis 1 to 0",
        "axis dropped",
        "keepdims True to False",
        "keepdims dropped",
        "statement dropped",
    }


def test_methods_that_are_called_are_no_values() -> None:
    found = of("x = self.step(self.y) + a", "self, a")

    assert [name for name in found if " to " in name] == [
        "+ to -",
        "+ to *",
        "self.y to a",
        "a to self.y",
    ]


def test_the_same_change_twice_in_a_line_has_two_names() -> None:
    found = of("x = a[5] + b[5]")

    assert found["5 to 6"] == "x = a[6] + b[5]"
    assert found["5 to 6 (2)"] == "x = a[5] + b[6]"


# --- text -----------------------------------------------------------------------------------------


def test_the_rest_of_a_line_stays() -> None:
    source = b"def f(a):\r\n\tb = a  ;  c = (a +\r\n\t\t1)  # \xe2\x88\x82\r\n\treturn c\r\n"
    found = {mutant.name: mutant.source for mutant in mutants(source, frozenset({"f"}))}

    assert found["line 2: + to -"] == source.replace(b"(a +\r\n\t\t1)", b"a - 1")
    assert found["line 3: 1 to 0"] == source.replace(b"(a +\r\n\t\t1)", b"a + 0")
    assert found["line 2: statement dropped"] == source.replace(b"b = a ", b"pass ")
    assert found["line 4: statement dropped"] == source.replace(b"\treturn c\r\n", b"")


def test_columns_are_counted_in_bytes() -> None:
    source = "def f(a):\n    'é'; x = 'ü' + a\n".encode()
    found = mutants(source, frozenset({"f"}))

    assert found[0].source == "def f(a):\n    'é'; x = 'ü' - a\n".encode()


def test_inner_blocks_are_changed_too() -> None:
    body = """
        try:
            x = a
        except ValueError:
            x = 7
        else:
            with b:
                def inner(c):
                    return c - 5
        finally:
            match a:
                case 1 if b > 3:
                    x = 9
    """
    found = of(body)

    assert {"7 to 8", "- to +", "5 to 6", "> to >=", "9 to 10"} <= set(found)
    assert found["3 to 4"] == "case 1 if b > 4:"


def test_an_elif_is_dropped_with_what_hangs_on_it() -> None:
    source = b"def f(a):\n if a:\n  x = 1\n elif b:\n  x = 2\n else:\n  x = 3\n"
    found = {mutant.name: mutant.source for mutant in mutants(source, frozenset({"f"}))}

    assert found["line 4: statement dropped"] == source[: source.index(b"elif")] + b"pass\n"
