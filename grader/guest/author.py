"""Runs author code: a notebook's cells in order, and the draws of a `cases.py`.

It serves in children of the author's own server alone; in those of a submission's server nobody
asks it anything.
"""

import ast
import contextlib
import io
import sys
import types
from typing import Any

import numpy as np

runner, extract = sys.modules["_guest_runner"], sys.modules["_guest_extract"]


_OWN = ("cell ", "cases.py")  # what an author's code is compiled as


class Failed(Exception):  # noqa: N818 - becomes the answer's `problem`
    """Author code raised, in a named place."""


def answer(kind: int, header: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    """Run a notebook or some draws; answer with named values, or with the problem."""
    body: list[bytes] = []
    try:
        values, texts = notebook(header) if kind == runner.NOTEBOOK else draws(header)
        packed = {name: runner.pack(value, body) for name, value in values.items()}
    except Failed as failed:
        return {"problem": str(failed)}, []
    return {"values": packed, "texts": texts}, body


def snapshot(value: object) -> object:
    """Return a value as it is now, since later cells may change it; lists become arrays."""
    return np.array(value) if isinstance(value, list | tuple | np.ndarray) else value


def notebook(header: dict[str, Any]) -> tuple[dict[str, object], dict[str, str]]:
    """Run all cells in one namespace; after each, evaluate what is wanted of it."""
    module = types.ModuleType("notebook")
    sys.modules["notebook"] = module
    names = module.__dict__
    values: dict[str, object] = {}
    texts: dict[str, str] = {}
    for cell in header["cells"]:
        texts[cell["id"]] = run_cell(cell["id"], cell["source"], names)
        for key, expression in cell["wanted"].items():
            try:
                values[key] = snapshot(eval(expression, dict(names)))
            except BaseException as error:
                raise Failed(f"cell {cell['id']}: {expression}: {said(error)}") from error
    return values, texts


def run_cell(name: str, source: str, names: dict[str, object]) -> str:
    """Run one cell as a notebook does: the value of a last expression is shown, magics are not."""
    shown = io.StringIO()
    try:
        with contextlib.redirect_stdout(shown):
            tree = extract.parse_cell(source, f"cell {name}", lambda *_: None)
            ends = tree.body[-1:]
            last = ends[0] if ends and isinstance(ends[0], ast.Expr) else None
            tree.body = tree.body[:-1] if last is not None else tree.body
            exec(compile(tree, f"cell {name}", "exec"), names)
            if last is not None:
                value = eval(compile(ast.Expression(last.value), f"cell {name}", "eval"), names)
                if value is not None:
                    shown.write(f"{value!r}\n")
    except BaseException as error:
        raise Failed(f"cell {name}: {said(error)}") from error
    return shown.getvalue()


def draws(header: dict[str, Any]) -> tuple[dict[str, object], dict[str, str]]:
    """Draw the inputs of each case from its own seed."""
    names: dict[str, Any] = {"__name__": "cases"}
    try:
        exec(compile(header["source"], "cases.py", "exec"), names)
    except BaseException as error:
        raise Failed(said(error)) from error
    values: dict[str, object] = {}
    for draw in header["draws"]:
        drawn = one_draw(draw["function"], draw["seed"], names)
        values |= {f"{draw['case']}\n{name}": value for name, value in drawn.items()}
    return values, {}


def one_draw(function: str, seed: str, names: dict[str, Any]) -> dict[str, object]:
    """Draw once by a function of an author's."""
    if function not in names:
        raise Failed(f"there is no function {function}")
    rng = np.random.Generator(np.random.PCG64(int(seed, 16)))
    try:
        drawn = names[function](rng)
        if isinstance(drawn, dict):
            return {name: snapshot(value) for name, value in drawn.items()}
    except BaseException as error:
        raise Failed(f"{function}: {said(error)}") from error
    raise Failed(f"{function} gives {type(drawn).__name__}, not a dict of values by name")


def said(error: BaseException) -> str:
    """Return an exception as one line, with the author's line where it has one."""
    trace, line, message = error.__traceback__, None, str(error)
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(_OWN):
            line = trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError):
        line, message = error.lineno, error.msg
    where = f" (line {line})" if line is not None else ""
    return f"{type(error).__name__}: {message}{where}"[:500]
