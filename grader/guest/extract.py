"""Source to definitions, by structure: what a file defines is taken, what it does is left out.

In order, across notebook cells: imports, classes, functions, and simple assignments, also under
try or if. Loops, plots, files, prints, magics and `if __name__` do not run, so they cannot fail
a student. A definition that fails, or an assignment that does more than define, binds a name that
complains when it is used, and says why.

This runs in the locked child: parsing a hostile file is as dangerous as running it.
"""

import __future__

import ast
import builtins
import functools
import importlib.machinery
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

_ANNOTATIONS = __future__.annotations.compiler_flag
_PYTHON_CELLS = frozenset({"%%time", "%%timeit", "%%capture", "%%prun"})
_FILE_CELLS = frozenset({"%%writefile", "%%file"})
_MAX_MAGICS = 200

# Effect-free, so that `EPS = float("1e-7")` is kept and `answer = input()` is not.
_PURE = frozenset({
    "abs", "bool", "complex", "dict", "divmod", "enumerate", "float", "frozenset", "int", "len",
    "list", "max", "min", "object", "pow", "range", "reversed", "round", "set", "slice", "sorted",
    "str", "sum", "tuple", "type", "zip", "__import__",
})  # fmt: skip
# The same of modules: what they make is a definition, as `Cache = namedtuple("Cache", "x w")`.
_PURE_MODULES = frozenset({
    "abc", "cmath", "collections", "contextlib", "copy", "dataclasses", "decimal", "enum",
    "fractions", "functools", "importlib", "itertools", "logging", "math", "numbers", "numpy",
    "operator", "re", "statistics", "string", "types", "typing",
})  # fmt: skip
_KINDS = {
    ast.For: "loop", ast.While: "loop", ast.With: "with block", ast.If: "if block",
    ast.Try: "try block", ast.Delete: "del", ast.Assert: "assert", ast.Raise: "raise",
    ast.Assign: "assignment", ast.AnnAssign: "assignment", ast.AugAssign: "assignment",
}  # fmt: skip
_COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_VALUES = (
    ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.UnaryOp, ast.BinOp, ast.BoolOp,
    ast.Compare, ast.IfExp, ast.Subscript, ast.Slice, ast.Attribute, ast.Starred, ast.keyword,
    ast.JoinedStr, ast.FormattedValue, ast.comprehension,
    ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context,
)  # fmt: skip


# Whatever is done with a name that is not there, it is this name that has to be told.
_USES = (
    *(f"{side}{name}" for side in ("", "r") for name in (
        "add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor",
    )),
    "call", "getattr", "getitem", "setitem", "iter", "next", "contains", "len", "enter", "array",
    "mro_entries", "bool", "int", "float", "index", "neg", "abs", "lt", "le", "gt", "ge",
)  # fmt: skip


class Absent:
    """Stands for a name whose definition failed; says so when it is used."""

    def __init__(self, name: str, why: str) -> None:
        object.__setattr__(self, "_why", why)
        object.__setattr__(self, "_said", f"`{name}` is not available here: {why}")

    def _complain(self, *_: object, **__: object) -> object:
        raise NameError(object.__getattribute__(self, "_said"))

    for _use in _USES:
        vars()[f"__{_use}__"] = _complain


class Report:
    """What was made of the files, as plain data; positions are the student's own."""

    def __init__(self) -> None:
        self.found: list[dict[str, Any]] = []
        self.dropped: list[dict[str, Any]] = []
        self.failed: dict[str, dict[str, Any]] = {}
        self.withheld: dict[str, dict[str, Any]] = {}
        self.unreadable: list[dict[str, Any]] = []
        self.places: dict[str, tuple[str, int | None]] = {}

    def header(self) -> dict[str, Any]:
        """Return the header of the answer to a load request, bounded."""
        return {
            "found": self.found[:400],
            "dropped": self.dropped[:200],
            "failed": dict(list((self.failed | self.withheld).items())[:100]),
            "unreadable": self.unreadable[:50],
        }

    def problem(self, error: BaseException) -> dict[str, Any]:
        """Describe an exception, with the innermost place that is in the student's own file."""
        at: tuple[str | None, int | None, int | None] = (None, None, None)
        trace = error.__traceback__
        while trace is not None:
            place = self.places.get(trace.tb_frame.f_code.co_filename)
            if place is not None:
                at = (*place, trace.tb_lineno)
            trace = trace.tb_next
        if isinstance(error, SyntaxError) and error.filename in self.places:
            at = (*self.places[error.filename], error.lineno)
        return {
            "type": type_name(error),
            "message": message(error),
            "file": at[0],
            "cell": at[1],
            "line": at[2],
        }


def type_name(error: BaseException) -> str:
    """Return an exception's name where it is Python's or NumPy's, else "" (one of their own)."""
    kind = type(error)
    module = str(getattr(kind, "__module__", ""))
    known = module == "builtins" or module.split(".", maxsplit=1)[0] == "numpy"
    return clean(kind.__name__, 60) if known else ""


def message(error: BaseException) -> str:
    """Return what an exception says; an exception that cannot be shown says nothing."""
    if isinstance(error, SyntaxError):
        return clean(str(error.msg), 500)
    try:
        return clean(str(error), 500)
    except BaseException:
        return ""


def clean(text: str, cap: int) -> str:
    """Return text that can be encoded, cut to `cap` characters."""
    return str(text)[:cap].encode("utf-8", "backslashreplace").decode()


class Extractor:
    """Fills one module's namespace from the cells of one file."""

    def __init__(self, module: types.ModuleType, report: Report) -> None:
        self.names = module.__dict__
        self.report = report
        self.place: tuple[str, int | None] = ("", None)
        self.filename = ""
        self.failures = 0

    def cell(self, file: str, number: int | None, source: bytes) -> None:
        """Take the definitions of one cell (or of a whole .py file, where `number` is None)."""
        self.filename = file if number is None else f"{file}, code cell {number}"
        self.report.places[self.filename] = self.place = (file, number)
        try:
            tree = self.parse(source, is_notebook=number is not None)
        except BaseException as error:
            self.report.unreadable.append(self.unparsed(error))
            return
        for node in tree.body:
            self.statement(node)

    def unparsed(self, error: BaseException) -> dict[str, Any]:
        """Describe why a cell could not be parsed; at least its first line is named."""
        problem = self.report.problem(error)
        problem["file"], problem["cell"] = self.place
        problem["line"] = problem["line"] or 1
        return problem

    def parse(self, source: bytes, *, is_notebook: bool) -> ast.Module:
        """Parse a cell; bytes, so that a .py file's own coding line counts.

        Magics stand in a .py file as well, where it was a notebook once.
        """
        if is_notebook:
            return parse_cell(source.decode(), self.filename, self.dropped_magic)
        try:
            return ast.parse(source, self.filename)
        except SyntaxError:
            lines = source.decode("utf-8-sig", "replace").split("\n")
            if not any(map(is_magic, lines)):
                raise
        return parse_magics(lines, self.filename, self.dropped_magic)

    def dropped_magic(self, text: str, line: int) -> None:
        """Report a magic or shell line."""
        self.drop("magic", text, line)

    def drop(self, what: str, text: str, line: int) -> None:
        """Report something that does not run."""
        file, cell = self.place
        row = {"name": clean(text, 80), "what": what, "file": file, "cell": cell}
        self.report.dropped.append({**row, "line": line, "end": line})

    def statement(self, node: ast.stmt) -> None:
        """Run what defines something; report anything else, and what is too deep to look into."""
        try:
            whole = self.take(node)
        except RecursionError:
            whole = False
        if not whole:
            self.drop(_KINDS.get(type(node), "statement"), first_line(node), node.lineno)

    def take(self, node: ast.stmt) -> bool:
        """Run what a statement defines; tell whether that is all of it."""
        match node:
            case ast.Import() | ast.ImportFrom():
                self.imports(node)
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                self.definition(node)
            case ast.Assign() | ast.AnnAssign() if (names := self.assigned(node)) is not None:
                self.run(node, names)
            case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.AnnAssign(value=None):
                pass
            case ast.Expr(value=ast.Call() as call) if self.sets_method(call):
                self.run(node, [])
            case ast.If() if not is_main(node):
                return self.choice(node)
            case ast.Try():
                return self.attempt(node)
            case _:
                self.withhold(node)
                return False
        return True

    def block(self, nodes: Sequence[ast.stmt]) -> bool:
        """Take statements in order; tell whether nothing is left out."""
        taken = [self.take(node) for node in nodes]
        return all(taken)

    def choice(self, node: ast.If) -> bool:
        """Take the branch that Python would; where that is not known, the imports of both."""
        chosen = self.truth(node.test)
        if chosen is not None:
            return self.block(node.body if chosen else node.orelse)
        for inner in nested(node):
            if isinstance(inner, ast.Import | ast.ImportFrom):
                self.imports(inner)
            else:
                self.withhold(inner)
        kept = ast.Import | ast.ImportFrom | ast.Pass
        return all(isinstance(inner, kept) for inner in nested(node))

    def attempt(self, node: ast.Try) -> bool:
        """Take what a try holds, and its first handler only where something in it fails."""
        before = self.failures
        whole = self.block(node.body)
        failed = self.failures > before
        rest = node.handlers[0].body if failed and node.handlers else node.orelse
        return all([whole, self.block(rest), self.block(node.finalbody)])

    def truth(self, test: ast.expr) -> bool | None:
        """Return what the test of an if comes to; None where that would do more than look."""
        if not self.simple(test):
            return None
        try:
            code = compile(ast.Expression(test), self.filename, "eval", dont_inherit=True)
            return bool(eval(code, self.names))
        except BaseException:
            return None

    def sets_method(self, call: ast.Call) -> bool:
        """Tell whether a call is `setattr(Class, "method", function)`, of names that are known."""
        match call:
            case ast.Call(func=ast.Name(id="setattr"), args=[ast.Name(id=owner), name, value]):
                values = (name, value)
                return isinstance(self.names.get(owner), type) and all(map(self.simple, values))
        return False

    def withhold(self, node: ast.stmt) -> None:
        """Let the names of an assignment that does not run say so, if they are no others yet."""
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            return
        file, cell = self.place
        at = f"line {node.lineno}" if cell is None else f"code cell {cell}, line {node.lineno}"
        why = f"{at} does more than define it, and is not run"
        problem = {"type": "NameError", "message": why, "file": file, "cell": cell}
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        inner = [one for target in targets for one in ast.walk(target)]
        named = (one for one in inner if isinstance(one, ast.Name))
        for name in (one.id for one in named if isinstance(one.ctx, ast.Store)):
            if name not in self.names and not hasattr(builtins, name):
                self.names[name] = Absent(name, why)
                self.report.withheld[clean(name, 200)] = {**problem, "line": node.lineno}

    def imports(self, node: ast.Import | ast.ImportFrom) -> None:
        """Import name by name; one that fails complains when used, but hides no earlier one."""
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            return
        for alias in node.names:
            one = (
                ast.Import([alias]) if isinstance(node, ast.Import) else self.absolute(node, alias)
            )
            name = alias.asname or alias.name.split(".")[0]
            error = self.execute(ast.copy_location(one, node))
            self.failures += error is not None
            if error is not None and name != "*":
                known = not isinstance(self.names.get(name, Absent("", "")), Absent)
                if not known:
                    self.names[name] = Absent(name, message(error))

    def absolute(self, node: ast.ImportFrom, alias: ast.alias) -> ast.ImportFrom:
        """Return `from .layers import x` as `from layers import x`: a submission is no package."""
        return ast.ImportFrom(node.module or alias.name, [alias], 0)

    def definition(self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Define a class or function, without the decorators that are not there."""
        bases = node.bases if isinstance(node, ast.ClassDef) else []
        missing = next((base for base in bases if not self.known(base)), None)
        if missing is not None:
            why = f"its base class {ast.unparse(missing)} is not there"
            self.fail(node, [node.name], NameError(why + self.reason(missing)))
            return
        inner = node.body if isinstance(node, ast.ClassDef) else []
        methods = [one for one in inner if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
        for decorated in (node, *methods):
            self.undecorate(decorated)
        if self.run(node, [node.name]):
            self.note(node, node.name)
            for method in methods:
                self.note(method, f"{node.name}.{method.name}")

    def undecorate(self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Take off the decorators that are not there; a property's own setter is."""
        for decorator in list(node.decorator_list):
            own = isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "deleter")
            if not own and not self.known(decorator):
                node.decorator_list.remove(decorator)
                self.drop("decorator", "@" + ast.unparse(decorator), decorator.lineno)

    def note(self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> None:
        """Report a definition that was found, with its lines."""
        what = "class" if isinstance(node, ast.ClassDef) else "function"
        file, cell = self.place
        row = {"name": clean(name, 200), "what": what, "file": file, "cell": cell}
        empty = not isinstance(node, ast.ClassDef) and all(map(is_empty, node.body))
        row |= {"line": node.lineno, "end": node.end_lineno, "empty": empty}
        self.report.found.append(row)

    def run(self, node: ast.stmt, names: Sequence[str]) -> bool:
        """Run a definition; where it fails, its names complain when used."""
        error = self.execute(node)
        if error is not None:
            self.fail(node, names, error)
        return error is None

    def fail(self, node: ast.stmt, names: Sequence[str], error: BaseException) -> None:
        """Record a definition that failed."""
        self.failures += 1
        problem = self.report.problem(error)
        if problem["line"] is None:
            problem["file"], problem["cell"], problem["line"] = (*self.place, node.lineno)
        for name in names:
            self.report.failed[clean(name, 200)] = problem
            self.names[name] = Absent(name, message(error))

    def execute(self, node: ast.stmt) -> BaseException | None:
        """Run one statement in the namespace; return what it raised, whatever that is."""
        try:
            tree = ast.Module([node], [])
            code = compile(tree, self.filename, "exec", _ANNOTATIONS, dont_inherit=True)
            exec(code, self.names)
        except BaseException as error:
            return error
        return None

    def known(self, node: ast.expr) -> bool:
        """Tell whether every name that an expression loads is there."""
        names = (inner for inner in ast.walk(node) if isinstance(inner, ast.Name))
        return all(self.bound(name.id) for name in names)

    def reason(self, node: ast.expr) -> str:
        """Return why a name that an expression loads is not there, if that is known."""
        loaded = (self.names.get(one.id) for one in ast.walk(node) if isinstance(one, ast.Name))
        absent = next((one for one in loaded if isinstance(one, Absent)), None)
        return f": {object.__getattribute__(absent, '_why')}" if absent is not None else ""

    def bound(self, name: str) -> bool:
        """Tell whether a name is there, and no stand-in for one that failed."""
        if name in self.names:
            return not isinstance(self.names[name], Absent)
        return hasattr(builtins, name)

    def assigned(self, node: ast.Assign | ast.AnnAssign) -> list[str] | None:
        """Return the names that an assignment defines; None where it does more than define."""
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value is None or not all(self.target(target) for target in targets):
            return None
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        return names if self.simple(node.value) else None

    def target(self, node: ast.expr) -> bool:
        """Tell whether something may be assigned to: a name, an attribute of a class, an entry."""
        match node:
            case ast.Name():
                return True
            case ast.Tuple(elts=elements):
                return all(isinstance(element, ast.Name) for element in elements)
            case ast.Attribute(value=ast.Name(id=name)):
                return isinstance(self.names.get(name), type)
            case ast.Subscript(value=ast.Name(id=name), slice=at):
                return type(self.names.get(name)) in (dict, list) and self.simple(at)
        return False

    def simple(self, node: ast.AST, own: frozenset[str] = frozenset()) -> bool:
        """Tell whether a value has only literals, operators, known names, lambdas, pure calls.

        `own` are the names that a comprehension around it binds.
        """
        match node:
            case ast.Lambda():
                return True
            case ast.Name(id=name):
                return name in own or self.bound(name)
            case ast.Call(func=function) if not self.harmless(function):
                return False
        if isinstance(node, _COMPREHENSIONS):
            targets = (inner for one in node.generators for inner in ast.walk(one.target))
            own |= {target.id for target in targets if isinstance(target, ast.Name)}
            # A table is small; what calls numpy over and over may well be a training's data.
            if not all(is_builtin(one.func) for one in ast.walk(node) if isinstance(one, ast.Call)):
                return False
        elif not isinstance(node, (*_VALUES, ast.Call)):
            return False
        return all(self.simple(inner, own) for inner in ast.iter_child_nodes(node))

    def harmless(self, function: ast.expr) -> bool:
        """Tell whether a call is numpy's, or of a builtin or a module without effects.

        What was made of a student's own function may do anything, as long as it likes.
        """
        if isinstance(function, ast.Name) and function.id not in self.names:
            return is_builtin(function)
        return self.home(function) in _PURE_MODULES

    def home(self, function: ast.expr) -> str:
        """Return the module that a call goes to; a method of what numpy gave goes there, too."""
        root = function
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Constant):
            return "string"
        if isinstance(root, ast.Call) and root is not function:
            return "numpy" if self.home(root.func) == "numpy" else ""
        return home_of(self.names.get(root.id)) if isinstance(root, ast.Name) else ""


def home_of(value: object) -> str:
    """Return the module that something is of; "" where it was made of a student's own function."""
    if isinstance(value, np.vectorize | functools.partial):
        return ""
    if isinstance(value, np.ufunc):
        return "numpy"
    module = value.__name__ if isinstance(value, types.ModuleType) else None
    home = str(module or getattr(value, "__module__", "")).split(".")[0]
    return home.removeprefix("_")  # some are written in C, in a module of nearly the same name


def is_builtin(function: ast.expr) -> bool:
    """Tell whether a call is of a builtin without effects, by its name."""
    return isinstance(function, ast.Name) and function.id in _PURE


def is_python_cell(line: str) -> bool:
    """Tell whether below the magic of a whole cell stands Python, to run or for a .py file."""
    words = line.split()
    return words[0] in _PYTHON_CELLS or (words[0] in _FILE_CELLS and words[-1].endswith(".py"))


def parse_cell(source: str, filename: str, drop: Callable[[str, int], None]) -> ast.Module:
    """Parse a notebook's cell without its magics; `drop` is told of each, and of its line."""
    lines = source.split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        if not is_python_cell(lines[first]):
            drop(lines[first].strip(), first + 1)
            return ast.Module([], [])
        blank(lines, first, drop)
    return parse_magics(lines, filename, drop)


def parse_magics(lines: list[str], filename: str, drop: Callable[[str, int], None]) -> ast.Module:
    """Parse lines, some of which may be magics; `drop` is told of each, and of its line."""
    for _ in range(_MAX_MAGICS):
        try:
            return ast.parse("\n".join(lines), filename)
        except SyntaxError as error:
            at = (error.lineno or 1) - 1
            if at >= len(lines) or not is_magic(lines[at]):
                raise
            blank(lines, at, drop)
    return ast.parse("\n".join(lines), filename)


def blank(lines: list[str], at: int, drop: Callable[[str, int], None]) -> None:
    """Put `pass` in place of a magic or shell line, and of the lines it goes on to."""
    drop(lines[at].strip(), at + 1)
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    while True:
        goes_on = lines[at].endswith("\\")
        lines[at] = indent + "pass"
        at += 1
        if not goes_on or at == len(lines):
            return


def is_magic(line: str) -> bool:
    """Tell whether a line that does not parse is a magic, a shell command or a help request."""
    text = line.strip()
    if text.startswith(("%", "!", "?")) or text.endswith("?"):
        return True
    _, equals, value = text.partition("=")
    return bool(equals) and value.lstrip().startswith(("%", "!"))


def is_empty(node: ast.stmt) -> bool:
    """Tell whether a statement of a function does nothing but hold its place."""
    match node:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Return(value=None) | ast.Return(value=ast.Name(id="NotImplemented")):
            return True
        case ast.Return(value=ast.Constant(value=value)):
            return value is None or isinstance(value, str)
        case ast.Raise(exc=ast.Name()) | ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
            return True
        case ast.Raise(exc=ast.Call(func=ast.Name(), args=said)):
            return all(isinstance(one, ast.Constant) for one in said)
    return False


def is_main(node: ast.stmt) -> bool:
    """Tell whether a statement is `if __name__ == "__main__"`."""
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def nested(node: ast.stmt) -> Iterator[ast.stmt]:
    """Yield the statements under a try or an if, in order, whichever branch they are in."""
    if not isinstance(node, ast.Try | ast.If):
        yield node
        return
    for part in ("body", "handlers", "orelse", "finalbody"):
        for inner in getattr(node, part, ()):
            for one in inner.body if isinstance(inner, ast.ExceptHandler) else (inner,):
                yield from nested(one)


def first_line(node: ast.stmt) -> str:
    """Return the beginning of a statement as text."""
    if isinstance(node, ast.For | ast.While | ast.If | ast.With | ast.Try):
        return type(node).__name__.lower() + " …"
    try:
        return ast.unparse(node).split("\n")[0]
    except RecursionError:
        return "…"


class Helpers:
    """Serves a submission's other files as modules, from memory, by the same rules.

    It finds and loads as importlib.abc has it, which itself would load much that nobody needs.
    """

    def __init__(
        self, files: dict[str, list[tuple[str, int | None, bytes]]], report: Report
    ) -> None:
        self.files = files
        self.report = report

    def find_spec(
        self, name: str, _path: object = None, _target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find a helper, or a folder of helpers."""
        folder = any(other.startswith(name + ".") for other in self.files)
        if name not in self.files and not folder:
            return None
        loads: Any = self
        return importlib.machinery.ModuleSpec(name, loads, is_package=folder)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        """Use the ordinary kind of module."""

    def exec_module(self, module: types.ModuleType) -> None:
        """Fill a helper's namespace."""
        extractor = Extractor(module, self.report)
        for file, number, source in self.files.get(module.__name__, ()):
            extractor.cell(file, number, source)


def module_name(file: str) -> str:
    """Return the module name under which a submission's file is imported."""
    stem = file.rpartition(".")[0].replace("/", ".")
    return stem.removesuffix(".__init__")


def load(files: list[dict[str, Any]], body: bytes) -> tuple[types.ModuleType, Report]:
    """Take the definitions of a submission: its first file's, and of others what it imports."""
    cells: list[list[tuple[str, int | None, bytes]]] = []
    at = 0
    for file in files:
        rows: list[tuple[str, int | None, bytes]] = []
        for number, length in enumerate(file["cells"], 1):
            rows.append(
                (file["name"], number if file["notebook"] else None, body[at : at + length])
            )
            at += length
        cells.append(rows)
    report = Report()
    module = types.ModuleType("submission")
    sys.modules["submission"] = module
    helpers = {module_name(rows[0][0]): rows for rows in cells[1:] if rows}
    sys.meta_path.append(Helpers(helpers, report))
    extractor = Extractor(module, report)
    for row in cells[0] if cells else ():
        extractor.cell(*row)
    return module, report
