"""The smallest public counter-example, and code that shows it. Pure.

A snippet is pasted below the student's own definitions; it needs them and numpy, and nothing else.
"""

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from grader.judge.compare import is_coarse
from grader.model import (
    Array,
    Call,
    Case,
    CounterExample,
    Outcome,
    OutputVerdict,
    Scalar,
    State,
    Value,
    Verdict,
)

_SMALL_INTEGER = 100
Failure: TypeAlias = tuple[State, bool]


def size(case: Case) -> int:
    """Return how many numbers a case is given."""
    return sum(int(np.size(value)) for value in case.given.values())


def failure_of(verdict: OutputVerdict, outcome: Outcome) -> Failure:
    """Return the way in which an output fails: its state, and of a contract what breaks it."""
    is_contract = verdict.state is State.WRONG and not verdict.kind
    return verdict.state, is_contract and bool(outcome.seen.changed)


@lru_cache(maxsize=4096)
def is_alone(case: Case, name: str) -> bool:
    """Tell whether a case is about an output's own class or function, and nothing else."""
    owner = name.rpartition(".")[0] or name
    called = {step.callee for step in case.program.steps if isinstance(step, Call)}
    about = set(case.program.objects.values()) or called
    return about == {owner}


def marks_of(case: Case) -> frozenset[tuple[float, ...]]:
    """Return what a case could be recognised by: its numbers, and three of them in a row.

    Small whole numbers are anybody's, and so is plain counting: 1 2 3 stands on every page.
    """
    found: set[tuple[float, ...]] = set()
    for value in (*case.given.values(), *case.expected.values()):
        flat = [float(number) for number in np.asarray(value).ravel()]
        found |= {(abs(n),) for n in flat if not (n.is_integer() and abs(n) < _SMALL_INTEGER)}
        rows = zip(flat, flat[1:], flat[2:], strict=False)
        found |= {row for row in rows if len(set(row)) > 1 and any(n < 0 or n % 1 for n in row)}
    return frozenset(found)


def counter_examples(
    tried: Sequence[tuple[Case, Outcome, Verdict]], failing: Mapping[str, frozenset[Failure]]
) -> Iterator[CounterExample]:
    """Yield the first of what was tried that fails in the same way, for each failing output."""
    for name, ways in failing.items():
        for case, outcome, verdict in tried:
            own = next((one for one in verdict.outputs if one.name == name), None)
            if own is not None and failure_of(own, outcome) in ways:
                yield CounterExample(
                    output=name,
                    case=case,
                    outcome=outcome,
                    verdict=own,
                    snippet=snippet(case, own, outcome),
                )
                break


def snippet(case: Case, verdict: OutputVerdict, outcome: Outcome) -> str:
    """Return code that runs a case up to an output and compares it; it fails where the output does.

    It holds for code that is right. Below the student's class it needs numpy alone.
    """
    lines = ["import numpy as np", ""]
    lines += [f"{name} = {_literal(value)}" for name, value in case.given.items()]
    program = ast.parse(case.program.text).body
    if verdict.name in case.expected:
        lines += ["", *_run(case, outcome, program, verdict.name)]
        lines += ["", *_compared(case, verdict)]
    else:
        lines += ["", *_contract(case, outcome, program)]
    return "\n".join(lines) + "\n"


def _run(
    case: Case, outcome: Outcome, program: Sequence[ast.stmt], name: str | None
) -> Iterator[str]:
    """Yield a program's lines up to where `name` is read."""
    derived = {one.output for one in case.program.derived}
    for node in program:
        if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Call):
            if name is not None and _output(node.value, case) == name:
                yield f"actual = {ast.unparse(node)}"
                return
            continue
        yield ast.unparse(_adapted(node, case, outcome))
    if name in derived:
        formula = next(one for one in case.program.derived if one.output == name)
        yield f"actual = {formula.expression}"


def _output(node: ast.expr, case: Case) -> str:
    """Return the name of the output that an expression reads."""
    match node:
        case ast.Attribute(value=ast.Name(id=owner), attr=attribute):
            return f"{case.program.objects.get(owner, owner)}.{attribute}"
        case ast.Name(id=result):
            calls = [step for step in case.program.steps if isinstance(step, Call)]
            return next((step.kept[result] for step in calls if result in step.kept), result)
    return ""


def _adapted(node: ast.stmt, case: Case, outcome: Outcome) -> ast.stmt:
    """Return a line in which calls have the further arguments that this student's code asks for."""
    call = node.value if isinstance(node, ast.Expr | ast.Assign) else None
    if not isinstance(call, ast.Call):
        return node
    named = outcome.seen.named.get(_callee(call, case), ())
    extra = next((s.signature.extra for s in case.program.steps if isinstance(s, Call)), {})
    call.keywords = [ast.keyword(n, ast.Constant(extra[n])) for n in named if n in extra]
    return node


def _callee(call: ast.Call, case: Case) -> str:
    match call.func:
        case ast.Attribute(value=ast.Name(id=owner), attr=method):
            return f"{case.program.objects.get(owner, owner)}.{method}"
        case ast.Name(id=name):
            return name
    return ""


def _compared(case: Case, verdict: OutputVerdict) -> Iterator[str]:
    expected = case.expected[verdict.name]
    yield f"expected = {_literal(expected)}"
    yield 'print(actual, "is your answer")'
    yield 'print(expected, "is expected")'
    if expected.ndim:
        yield 'assert isinstance(actual, np.ndarray), "an array is asked for"'
    if verdict.kind == "kind":
        yield 'assert np.isrealobj(actual), "real numbers are asked for"'
    yield 'assert np.shape(actual) == np.shape(expected), "the shape differs"'
    single = is_coarse(Value(kind="array", array=expected), expected)
    relative = case.tolerance.float32 if single else case.tolerance.float64
    size = np.abs(expected.astype(np.float64))
    scale = float(np.max(size[np.isfinite(size)], initial=0.0))
    limits = f"rtol={relative:g}, atol={relative / 10 * scale:.3g}"
    limits += ", equal_nan=True" if np.isnan(size).any() else ""
    yield f"close = np.allclose(actual, expected, {limits})"
    yield 'assert close, "values differ"'


def _contract(case: Case, outcome: Outcome, program: Sequence[ast.stmt]) -> Iterator[str]:
    """Yield code that shows that an argument was changed, or is shared."""
    changed, shares = sorted(outcome.seen.changed), outcome.seen.shares
    for name in changed:
        yield f"{name}_before = {name}.copy()"
    yield from _run(case, outcome, program, None)
    yield ""
    for name in changed:
        yield f'print({name}_before, "was given")'
        yield f'print({name}, "is left")'
        yield f'assert np.array_equal({name}, {name}_before), "the argument {name} was changed"'
    if not changed:
        objects = {cls: name for name, cls in reversed(case.program.objects.items())}
        for output, names in shares.items():
            owner, _, attribute = output.rpartition(".")
            read = f"{objects.get(owner, owner)}.{attribute}"
            for name in names:
                yield f"shared = np.shares_memory({read}, {name})"
                yield f'assert not shared, "{read} is the array {name} itself"'


def _literal(value: Array | Scalar) -> str:
    """Return a value as Python has it, exactly: whole numbers stay whole, and precision single."""
    if not isinstance(value, np.ndarray):
        return _written(value)
    listed = value.tolist()
    plain = np.array(listed).dtype == value.dtype
    kind = "" if plain else f", dtype={value.dtype.name!r}"
    if not value.size:
        return f"np.zeros({value.shape}{kind})"
    return f"np.array({_written(listed)}{kind})"


def _written(value: object) -> str:
    """Return numbers as Python has them; what is no number, as numpy has it."""
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    is_odd = isinstance(value, float) and not math.isfinite(value)
    return f"{value!r}".replace("nan", "np.nan").replace("inf", "np.inf") if is_odd else repr(value)
