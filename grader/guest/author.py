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

runner = sys.modules["_guest_runner"]


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
    """Run one cell as a notebook does: the value of a last expression is shown."""
    shown = io.StringIO()
    try:
        with contextlib.redirect_stdout(shown):
            tree = ast.parse(source)
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
        raise Failed(f"cases.py: {said(error)}") from error
    values: dict[str, object] = {}
    for draw in header["draws"]:
        rng = np.random.Generator(np.random.PCG64(int(draw["seed"], 16)))
        try:
            drawn = names[draw["function"]](rng)
            values |= {f"{draw['case']}\n{name}": snapshot(value) for name, value in drawn.items()}
        except BaseException as error:
            raise Failed(f"cases.py, {draw['function']}: {said(error)}") from error
    return values, {}


def said(error: BaseException) -> str:
    """Return an exception as one line, with the author's line where it has one."""
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename != __file__:
            line = trace.tb_lineno
        trace = trace.tb_next
    where = f" (line {line})" if line is not None else ""
    return f"{type(error).__name__}: {error}{where}"[:500]
