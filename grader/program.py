"""Programs: the author's few lines of Python, read as data.

    dense = Layer_Dense(n, m)      construct
    dense.weights = W              set
    dense.forward(X)               call
    loss = mse(y, t)               call, keeping what it returns
    q, r = decompose(X)            call, keeping the values that it returns together
    dense.dweights                 read

Nothing here runs a program: the text is parsed, every name in it is checked, and what is not one
of these forms is an error that quotes the line.
"""

import ast
import itertools
from collections.abc import Mapping
from functools import lru_cache

from grader.errors import AssignmentError
from grader.model import (
    Argument,
    AttributeArgument,
    Call,
    ConstantArgument,
    Construct,
    Derived,
    GivenArgument,
    Program,
    Read,
    Record,
    ResultArgument,
    Scalar,
    Set,
    Signature,
    Step,
)

_ARITHMETIC = (
    ast.BinOp, ast.UnaryOp, ast.USub, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.MatMult, ast.Load,
)  # fmt: skip
_FORMS = (
    "write one of: x = Class(…), x.attribute = value, x.method(…), y = function(…), "
    "y, z = function(…), x.attribute, y"
)


class Vocabulary(Record, frozen=True):
    """What a program may name.

    `classes` and `functions` are what students define, `aliases` their other accepted names (of
    an attribute as `Class.attribute`, of a method likewise), `accepts` shorter argument lists and
    `extra` values for further parameters, both by parameter name.
    """

    classes: tuple[str, ...]
    functions: tuple[str, ...]
    watched: tuple[str, ...]
    aliases: dict[str, tuple[str, ...]] = {}
    accepts: dict[str, tuple[tuple[str, ...], ...]] = {}
    extra: dict[str, Scalar] = {}

    def names(self, name: str) -> tuple[str, ...]:
        """Return the accepted names of a definition or of `Class.attribute`, preferred first."""
        return (name.rpartition(".")[2], *self.aliases.get(name, ()))

    def signature(self, callee: str, count: int) -> Signature:
        """Return how `callee`, given `count` arguments, may be called."""
        lists = self.accepts.get(callee, ())
        if not lists:
            return Signature(accepts=(tuple(range(count)),), extra=self.extra)
        full = lists[0]
        unknown = sorted({name for names in lists for name in names} - set(full))
        if unknown:
            raise AssignmentError(
                f"[accepts] of {callee} names {unknown[0]!r}, which its first list has not",
                "let the shorter lists name parameters of the first one",
            )
        if len(full) != count:
            raise AssignmentError(
                f"{callee} is called with {count} arguments, but [accepts] lists {len(full)}",
                f"make the first list of {callee} in [accepts] name every argument of the call",
            )
        indices = tuple(tuple(full.index(name) for name in names) for names in lists)
        return Signature(accepts=indices, extra=self.extra)


class _Reader:
    """Reads one program; `objects` maps each object to its class, `results` are kept returns."""

    def __init__(self, vocabulary: Vocabulary, given: frozenset[str]) -> None:
        self.vocabulary = vocabulary
        self.given = given
        self.objects: dict[str, str] = {}
        self.results: dict[str, str] = {}

    def statement(self, node: ast.stmt) -> Step:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
                return self.bind(name, call)
            case ast.Assign(targets=[ast.Tuple(elts=parts)], value=ast.Call() as call):
                names = tuple(part.id for part in parts if isinstance(part, ast.Name))
                if len(set(names)) < len(parts):
                    raise _Unreadable(node, "give each value a name of its own")
                return self.call(call, None, names)
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Name(id=name), attr=attribute)], value=value
            ) if name in self.objects:
                return Set(object=name, attribute=attribute, value=self.argument(value))
            case ast.Expr(value=ast.Call() as call):
                return self.call(call, None)
            case ast.Expr(value=ast.Attribute(value=ast.Name(id=name), attr=attribute)) if (
                name in self.objects
            ):
                output = f"{self.objects[name]}.{attribute}"
                names = self.vocabulary.names(output)
                return Read(object=name, attribute=attribute, names=names, output=output)
            case ast.Expr(value=ast.Name(id=name)) if name in self.results:
                return Read(object=name, attribute=None, names=(), output=self.results[name])
            case _:
                raise _Unreadable(node)

    def bind(self, name: str, node: ast.Call) -> Step:
        callee = node.func.id if isinstance(node.func, ast.Name) else ""
        if callee not in self.vocabulary.classes:
            return self.call(node, name)
        step = Construct(
            object=name,
            cls=callee,
            names=self.vocabulary.names(callee),
            arguments=self.arguments(node),
            signature=self.vocabulary.signature(callee, len(node.args)),
        )
        self.objects[name] = callee
        return step

    def call(self, node: ast.Call, result: str | None, parts: tuple[str, ...] = ()) -> Call:
        match node.func:
            case ast.Name(id=function) if function in self.vocabulary.functions:
                owner, callee = None, function
            case ast.Name(id=function) if function not in self.vocabulary.classes:
                raise _Unreadable(node, f"list {function} in functions, or in classes")
            case ast.Attribute(value=ast.Name(id=name), attr=method) if name in self.objects:
                owner, callee = name, f"{self.objects[name]}.{method}"
            case _:
                raise _Unreadable(node)
        step = Call(
            object=owner,
            callee=callee,
            names=self.vocabulary.names(callee),
            arguments=self.arguments(node),
            signature=self.vocabulary.signature(callee, len(node.args)),
            result=result,
            watched=callee in self.vocabulary.watched,
            parts=parts,
        )
        self.results |= step.kept
        return step

    def arguments(self, node: ast.Call) -> tuple[Argument, ...]:
        if node.keywords:
            raise _Unreadable(node, "give all arguments by position")
        return tuple(self.argument(argument) for argument in node.args)

    def argument(self, node: ast.expr) -> Argument:
        match node:
            case ast.Name(id=name) if name in self.results or name in self.objects:
                return ResultArgument(name=name)
            case ast.Name(id=name) if name in self.given:
                return GivenArgument(name=name)
            case ast.Name(id=name):
                raise _Unreadable(node, f"list {name} in the program's given")
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in self.objects:
                return AttributeArgument(object=name, attribute=attribute)
            case ast.Constant(value=bool() | int() | float() as value):
                return ConstantArgument(value=value)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                return ConstantArgument(value=-value)
            case _:
                raise _Unreadable(node)


class _Unreadable(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, node: ast.AST, hint: str = _FORMS) -> None:
        super().__init__(ast.unparse(node))
        self.hint = hint


def parse_program(
    text: str, derived: Mapping[str, str], vocabulary: Vocabulary, given: frozenset[str]
) -> Program:
    """Read a program's text; raise AssignmentError, quoting the line, where it is none."""
    reader = _Reader(vocabulary, given)
    try:
        steps = tuple(reader.statement(node) for node in ast.parse(text).body)
    except SyntaxError as error:
        line = (error.text or text.splitlines()[(error.lineno or 1) - 1]).strip()
        raise AssignmentError(
            f"a program cannot be parsed: {error.msg}, at {line!r}", _FORMS
        ) from error
    except _Unreadable as error:
        raise AssignmentError(f"a program says {error}, which is no step", error.hint) from error
    reads = [step.output for step in steps if isinstance(step, Read)]
    if len(reads) != len(set(reads)):
        raise AssignmentError(
            "a program reads one output twice", "read each output once, in its last state"
        )
    for name, formula in derived.items():
        _check_formula(formula, reader, {*reads, *itertools.takewhile(name.__ne__, derived)})
    formulas = tuple(Derived(output=name, expression=text) for name, text in derived.items())
    return make_program(text.strip(), steps, formulas)


def _check_formula(formula: str, reader: _Reader, known: set[str]) -> None:
    """Refuse a derived output that is no arithmetic over what is known by then."""
    hint = "use + - * / @ over numbers, given values and outputs that the program reads"
    try:
        nodes = list(ast.walk(ast.parse(formula, mode="eval").body))
    except SyntaxError as error:
        raise AssignmentError(f"a derived output says {formula!r}", hint) from error
    inner = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    for node in nodes:
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in reader.objects:
                fits = f"{reader.objects[name]}.{attribute}" in known
            case ast.Name(id=name):
                fits = id(node) in inner or name in reader.given or name in known
            case ast.Constant(value=value):
                fits = isinstance(value, int | float)
            case _:
                fits = isinstance(node, _ARITHMETIC)
        if not fits:
            raise AssignmentError(f"a derived output says {ast.unparse(node)}", hint)


def make_program(text: str, steps: tuple[Step, ...], derived: tuple[Derived, ...]) -> Program:
    """Return a program with what follows from its steps: classes of objects, needs of outputs."""
    objects = {step.object: step.cls for step in steps if isinstance(step, Construct)}
    needs = _dependencies(steps, derived, objects)
    return Program(text=text, steps=steps, derived=derived, objects=objects, needs=needs)


def operands(expression: str, objects: Mapping[str, str]) -> tuple[str, ...]:
    """Return the outputs that a derived output is computed from."""
    found = [f"{objects[owner]}.{name}" for owner, name in _reads(expression) if owner in objects]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1024)
def _reads(expression: str) -> tuple[tuple[str, str], ...]:
    """Return what an expression reads, as pairs of an object and an attribute."""
    nodes = ast.walk(ast.parse(expression, mode="eval"))
    attributes = (node for node in nodes if isinstance(node, ast.Attribute))
    return tuple((one.value.id, one.attr) for one in attributes if isinstance(one.value, ast.Name))


def _dependencies(
    steps: tuple[Step, ...], derived: tuple[Derived, ...], objects: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """Map each output to the outputs of the same program that it rests on, nearest last.

    An output rests on everything that was read before from its own object (the given forward, of
    which backward makes use), and on what flowed into that object as an argument of a call.
    """
    flows = _Flows()
    for step in steps:
        flows.step(step)
    for formula in derived:
        direct = operands(formula.expression, objects)
        indirect = (need for name in direct for need in flows.needs.get(name, ()))
        flows.needs[formula.output] = tuple(dict.fromkeys([*indirect, *direct]))
    return flows.needs


class _Flows:
    """Which outputs have flowed into which object so far."""

    def __init__(self) -> None:
        self.into: dict[str, dict[str, None]] = {}
        self.pending: dict[str, dict[str, None]] = {}
        self.needs: dict[str, tuple[str, ...]] = {}
        self.read: dict[tuple[str, str | None], str] = {}

    def step(self, step: Step) -> None:
        match step:
            case Construct(object=name):
                self.into.setdefault(name, {})
                self.absorb(name, step.arguments)
            case Call(object=None):
                for name in step.kept:
                    self.into.setdefault(name, {})
                    self.absorb(name, step.arguments)
            case Call(object=str(name)):
                # What was read before this call (forward's output) carries what comes after it.
                self.into[name].update(self.pending.pop(name, {}))
                self.absorb(name, step.arguments)
                self.into |= {result: dict(self.into[name]) for result in step.kept}
            case Set(object=name, value=value):
                self.absorb(name, (value,))
            case Read(object=name, attribute=attribute, output=output):
                self.needs[output] = tuple(self.into[name])
                self.read[name, attribute] = output
                self.pending.setdefault(name, {})[output] = None

    def absorb(self, name: str, arguments: tuple[Argument, ...]) -> None:
        target = self.into[name]
        for argument in arguments:
            match argument:
                case AttributeArgument(object=source, attribute=attribute):
                    target.update(self.into[source])
                    if (source, attribute) in self.read:
                        target[self.read[source, attribute]] = None
                case ResultArgument(name=source):
                    target.update(self.into.get(source, {}))
                    if (source, None) in self.read:
                        target[self.read[source, None]] = None
