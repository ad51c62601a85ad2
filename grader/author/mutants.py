"""Mutants of a reference: its source with one small mistake each.

One that passes every case is a mistake that the cases do not notice. Pure: the source is parsed,
never run. Only the changed statement (of a compound one, the changed expression of its header) is
written anew; all else stays byte for byte the same.
"""

import ast
import copy
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from grader.errors import AssignmentError
from grader.model import Record

_Place: TypeAlias = ast.stmt | ast.expr
_Changed: TypeAlias = Iterator[tuple[str, ast.AST]]
_Operator: TypeAlias = Callable[[_Place], _Changed]
_Edit: TypeAlias = tuple[tuple[int, int, int], str, bytes, str]

_SIGNS: dict[str, type[Any]] = {
    "+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div, "@": ast.MatMult, "%": ast.Mod,
    "//": ast.FloorDiv, "**": ast.Pow, "&": ast.BitAnd, "|": ast.BitOr,
    ">": ast.Gt, ">=": ast.GtE, "<": ast.Lt, "<=": ast.LtE, "==": ast.Eq, "!=": ast.NotEq,
}  # fmt: skip
_NEIGHBOURS = {
    "+": "- *", "-": "+", "*": "/ + @", "/": "* //", "@": "*", "//": "/", "**": "*", "%": "//",
    "&": "|", "|": "&", ">": ">= < <=", ">=": "> <= <", "<": "<= > >=", "<=": "< >= >",
    "==": "!= >= <=", "!=": "== > <",
}  # fmt: skip
_NEAR = {
    _SIGNS[sign]: [(f"{sign} to {other}", _SIGNS[other]()) for other in others.split()]
    for sign, others in _NEIGHBOURS.items()
}
_ONE_WAY = (ast.Sub, ast.Div, ast.MatMult, ast.FloorDiv, ast.Pow, ast.Mod)
_NUMPY = ("np", "numpy")
_REDUCTIONS = ("sum mean max", "min max", "argmax argmin", "var std", "any all", "cumsum cumprod")
_FAMILIES = (
    *_REDUCTIONS, "dot multiply", "matmul multiply", "maximum minimum", "zeros ones",
    "zeros_like ones_like", "exp log", "sqrt square", "sin cos", "abs sign", "floor ceil",
    "add subtract", "divide multiply", "greater greater_equal less", "less less_equal greater",
)  # fmt: skip
_COMMUTING = ("add", "multiply", "maximum", "minimum", "equal", "not_equal")
_FLAGS = {"axis": (0, 1), "keepdims": (True, False)}
_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")


class Mutant(Record, frozen=True):
    """A changed reference: which change, and the source with it."""

    name: str
    line: int
    source: bytes
    diff: str


def mutants(source: bytes, within: frozenset[str]) -> tuple[Mutant, ...]:
    """Return the mutants of a source, by line, then by the kind of change.

    `within` names the functions that students write, "Class.method" or "function"; only their
    bodies are changed. Every mutant compiles, no two have the same source. Where a line can be
    changed in one way at several places, the second name ends in (2), and so on.
    """
    seen, names, found = {source}, Counter[str](), []
    with warnings.catch_warnings(action="ignore"):  # on code such as `x is 1`
        for order, kind, edited, diff in sorted(_edits(source, within), key=lambda edit: edit[0]):
            if edited not in seen and _compiles(edited):
                seen.add(edited)
                names[name := f"line {order[0]}: {kind}"] += 1
                name += f" ({names[name]})" if names[name] > 1 else ""
                found.append(Mutant(name=name, line=order[0], source=edited, diff=diff))
    return tuple(found)


# --- kinds of change: what a node could be instead ------------------------------------------------


def _arithmetic(node: _Place) -> _Changed:
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            for text, other in _NEAR.get(type(op), ()):
                yield text, ast.BinOp(left, other, right)
            if isinstance(op, _ONE_WAY):
                yield "operands swapped", ast.BinOp(right, op, left)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield "minus dropped", operand


def _calls(node: _Place) -> _Changed:
    match node:
        case (
            ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=[left, right])
            | ast.Call(func=ast.Attribute(value=left, attr="dot" as name), args=[right])
        ) if name not in _COMMUTING:
            yield f"operands of {name} swapped", _but(node, {left: right, right: left})
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr=name) as func):
            for family in _FAMILIES if ast.unparse(owner) in _NUMPY else _REDUCTIONS:
                for other in family.split() if name in family.split() else ():
                    yield f"{name} to {other}", _but(node, {func: ast.Attribute(owner, other)})


def _transposes(node: _Place) -> _Changed:
    factors: list[ast.expr] = []
    match node:
        case ast.Attribute(value=inner, attr="T"):
            yield "T dropped", inner
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            factors = [left, right]
        case ast.Call(func=ast.Attribute(value=left, attr="dot" | "matmul"), args=args):
            factors = args if ast.unparse(left) in _NUMPY else [left, *args]
    for side, factor in zip(("left", "right"), factors, strict=False):
        if not (isinstance(factor, ast.Attribute) and factor.attr == "T"):
            transposed = _but(node, {factor: ast.Attribute(factor, "T")})
            yield f"T added to the {side} factor", transposed


def _axes(node: _Place) -> _Changed:
    if isinstance(node, ast.Call):
        for keyword in (keyword for keyword in node.keywords if keyword.arg in _FLAGS):
            old = ast.unparse(keyword.value)
            usual, unusual = _FLAGS[str(keyword.arg)]
            new = unusual if old == str(usual) else usual
            changed = _but(node, {keyword.value: ast.Constant(new)})
            yield f"{keyword.arg} {old} to {new}", changed
            others = [other for other in node.keywords if other is not keyword]
            yield f"{keyword.arg} dropped", ast.Call(node.func, node.args, others)


def _comparisons(node: _Place) -> _Changed:
    if isinstance(node, ast.Compare):
        for at, op in enumerate(node.ops):
            for text, other in _NEAR.get(type(op), ()):
                ops = [*node.ops[:at], other, *node.ops[at + 1 :]]
                yield text, ast.Compare(node.left, ops, node.comparators)


def _constants(node: _Place) -> _Changed:
    match node:
        case ast.Constant(value=bool(flag)):
            yield f"{flag} to {not flag}", ast.Constant(not flag)
        case ast.Constant(value=int() | float() as number):
            for other in (number + 1, number - 1) if number in {1, 2} else (number + 1,):
                yield f"{number} to {other}", ast.Constant(other)


def _branches(node: _Place) -> _Changed:
    match node:
        case ast.Call(func=ast.Attribute(attr="where"), args=[_, first, second]):
            yield "branches of where swapped", _but(node, {first: second, second: first})


def _subscripts(node: _Place) -> _Changed:
    if isinstance(node, ast.Subscript):
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if any(isinstance(part, ast.Slice) for part in parts):
            yield "slice dropped", node.value
        for part in parts:
            if isinstance(part, ast.Constant) and part.value == 0:
                yield "index 0 to -1", _but(node, {part: ast.Constant(-1)})


def _augmented(node: _Place) -> _Changed:
    if isinstance(node, ast.AugAssign):
        for text, other in _NEAR.get(type(node.op), ())[:1]:
            yield f"augmented {text}", ast.AugAssign(node.target, other, node.value)
        yield "augmented to plain", ast.Assign([node.target], node.value, lineno=node.lineno)


def _statements(node: _Place) -> _Changed:
    is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    if isinstance(node, ast.stmt) and not is_docstring:
        yield "statement dropped", ast.Pass()


def _names(function: ast.FunctionDef) -> _Operator:
    """Exchange parameters and attributes of self for others that occur in the function."""
    nodes = [*ast.walk(function)]
    parameters = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    names: list[_Place] = [ast.Name(each.arg) for each in parameters if each.arg != "self"]
    attributes = [node for node in nodes if isinstance(node, ast.Attribute)]
    names += [node for node in attributes if ast.unparse(node.value) == "self"]
    called = [ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)]
    known = {text: name for name in names if (text := ast.unparse(name)) not in called}

    def exchanged(node: _Place) -> _Changed:
        match node:
            case ast.Name(ctx=ast.Load()) | ast.Attribute() if (name := ast.unparse(node)) in known:
                for other, replacement in known.items():
                    yield f"{name} to {other}", replacement

    return exchanged


def _conditions(function: ast.FunctionDef) -> _Operator:
    tests = [node.test for node in ast.walk(function) if isinstance(node, ast.If | ast.IfExp)]

    def changed(node: _Place) -> _Changed:
        if isinstance(node, ast.expr) and node in tests:
            yield "condition negated", ast.UnaryOp(ast.Not(), node)
        elif isinstance(node, ast.Return):
            yield "return value dropped", ast.Return()

    return changed


def _but(node: ast.AST, others: dict[ast.AST, ast.AST]) -> ast.AST:
    """Return a copy of a node with the others in it: `copy` takes them for copies it has made."""
    return copy.deepcopy(node, {id(old): new for old, new in others.items()})


# --- where they apply -----------------------------------------------------------------------------


def _edits(source: bytes, within: frozenset[str]) -> Iterator[_Edit]:
    """Yield of each change what it is ordered by, its name, the edited source and the diff."""
    for function in _functions(_parse(source), within):
        operators = (
            _arithmetic, _calls, _transposes, _axes, _comparisons, _constants, _branches,
            _subscripts, _augmented, _statements, _names(function), _conditions(function),
        )  # fmt: skip
        for node, whole, may_vanish in _places(function):
            for rank, operator in enumerate(operators):
                for name, replacement in operator(node):
                    text = ast.unparse(_but(whole, {node: replacement}))
                    vanishes = may_vanish and isinstance(replacement, ast.Pass)
                    if text != ast.unparse(whole):
                        edited, diff = _edited(source, whole, text, vanishes=vanishes)
                        yield (node.lineno, rank, node.col_offset), name, edited, diff


def _functions(at: ast.AST, within: frozenset[str], prefix: str = "") -> Iterator[ast.FunctionDef]:
    for node in ast.iter_child_nodes(at):
        if isinstance(node, ast.FunctionDef) and prefix + node.name in within:
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, within, f"{prefix}{node.name}.")


def _places(owner: ast.AST) -> Iterator[tuple[_Place, _Place, bool]]:
    """Yield each node that may change, the part to write anew with it, and if it may vanish."""
    for block in (getattr(owner, name, []) for name in _BLOCKS):
        for item in block:
            if isinstance(item, ast.stmt):
                yield item, item, len(block) > 1
            is_compound = any(hasattr(item, name) for name in _BLOCKS)
            for child in ast.iter_child_nodes(item):
                if isinstance(child, ast.expr):
                    whole = child if is_compound else item
                    yield from ((node, whole, False) for node in _expressions(child))
            yield from _places(item)


def _expressions(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what may change: nothing on the left, in formatted text, or in axis= by itself."""
    match node:
        case (
            ast.JoinedStr() | ast.keyword(arg="axis" | "keepdims") | ast.Attribute(ctx=ast.Store())
        ):
            return
        case ast.Subscript(ctx=ast.Store(), slice=index):
            yield node
            yield from _expressions(index)
            return
        case ast.expr():
            yield node
    for child in ast.iter_child_nodes(node):
        yield from _expressions(child)


def _edited(source: bytes, part: _Place, text: str, *, vanishes: bool) -> tuple[bytes, str]:
    """Return the source with another text for a part of it, and the lines that differ."""
    lines = source.splitlines(keepends=True)
    top, bottom = part.lineno - 1, part.end_lineno or part.lineno
    before, after = lines[top][: part.col_offset], lines[bottom - 1][part.end_col_offset :]
    has_lines = not (before + after).strip()
    new = b"" if vanishes and has_lines else before + text.encode() + after
    diff = [
        f"{sign} {line.strip()}"
        for sign, changed in (("-", b"".join(lines[top:bottom])), ("+", new))
        for line in changed.decode().splitlines()
    ]
    return b"".join([*lines[:top], new, *lines[bottom:]]), "\n".join(diff)


def _parse(source: bytes) -> ast.Module:
    try:
        return ast.parse(source.decode("utf-8-sig"))
    except (SyntaxError, ValueError) as error:
        raise AssignmentError(f"the reference is not Python: {error}", "correct it") from error


def _compiles(source: bytes) -> bool:
    try:
        compile(source, "mutant", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True
