"""The instructor's notebook: its tagged cells, what they show, and the values they compute."""

import textwrap
from pathlib import Path

import nbformat

from grader.errors import AssignmentError
from grader.model import Array, CasePlan, Ending, Record, Scalar, Value
from grader.sandbox import framing, wire
from grader.sandbox.exchange import Allowance
from grader.sandbox.keeper import Keeper
from grader.sandbox.policy import MAX_FRAME

_TAG = "case:"
_SECONDS = 120.0
AUTHOR = Allowance(cpu=_SECONDS, wall=_SECONDS, text=1 << 24, reply=MAX_FRAME)


class Cell(Record, frozen=True):
    """A code cell: its name (a tag's, or its number), its source and the text it shows."""

    name: str
    tagged: bool
    source: str
    shown: str


def read_notebook(path: Path) -> tuple[Cell, ...]:
    """Read and validate a notebook of the author's."""
    try:
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(notebook)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        raise AssignmentError(
            f"{path} is no valid notebook: {error}", "open it in Jupyter and save it again"
        ) from error
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return tuple(_cell(cell, number) for number, cell in enumerate(code, 1))


def _cell(cell: nbformat.NotebookNode, number: int) -> Cell:
    tags = [tag for tag in cell.metadata.get("tags", ()) if tag.startswith(_TAG)]
    name = tags[0].removeprefix(_TAG) if tags else f"number {number}"
    shown = "".join(_text(output) for output in cell.outputs)
    return Cell(name=name, tagged=bool(tags), source=cell.source, shown=shown)


def _text(output: nbformat.NotebookNode) -> str:
    if output.output_type == "stream":
        return str(output.text) if output.name == "stdout" else ""
    return str(output.get("data", {}).get("text/plain", ""))


def worked_examples(
    path: Path, plans: tuple[CasePlan, ...], keeper: Keeper
) -> dict[str, Array | Scalar]:
    """Run a notebook's cells in order; return the values that the plans ask for.

    Keys are `case`, `given` or `expected`, and name, on a line each. Raises AssignmentError where
    a cell fails, or where a tagged cell does not show what the notebook says it does.
    """
    cells = read_notebook(path)
    names = {cell.name for cell in cells if cell.tagged}
    for plan in plans:
        if plan.cell not in names:
            raise AssignmentError(
                f"case {plan.id} wants a cell tagged {_TAG}{plan.cell}, which {path.name} has not",
                f"tag one of its cells; those there are: {', '.join(sorted(names))}",
            )
    header = {
        "cells": [
            {"id": cell.name, "source": cell.source, "wanted": _wanted(cell, plans)}
            for cell in cells
        ]
    }
    answer = ask_author(keeper, framing.NOTEBOOK, header, path.name)
    for cell in cells:
        _check_fresh(cell, answer.texts.get(cell.name, ""), path.name)
    return {name: plain(value, name) for name, value in answer.values.items()}


def _wanted(cell: Cell, plans: tuple[CasePlan, ...]) -> dict[str, str]:
    wanted: dict[str, str] = {}
    for plan in plans:
        if cell.tagged and plan.cell == cell.name:
            wanted |= {f"{plan.id}\ngiven\n{name}": str(text) for name, text in plan.given.items()}
            wanted |= {f"{plan.id}\nexpected\n{name}": text for name, text in plan.expected.items()}
    return wanted


def _check_fresh(cell: Cell, printed: str, file: str) -> None:
    """Refuse a tagged cell that prints other than the notebook shows, white space collapsed."""
    if cell.tagged and printed.split() != cell.shown.split():
        raise AssignmentError(
            f"{file} is stale: cell {_TAG}{cell.name} shows {_short(cell.shown)!r}, "
            f"but prints {_short(printed)!r} when it is run",
            "run the notebook again and save it, or correct the cell",
        )


def _short(text: str) -> str:
    return textwrap.shorten(text, 300, placeholder=" …")


def ask_author(keeper: Keeper, kind: int, header: object, what: str) -> wire.AuthorAnswer:
    """Have author code run in a child of the author's server; AssignmentError where it fails."""
    with keeper.child() as child:
        answer = child.ask(kind, header, b"", AUTHOR)
    if answer.ending is not Ending.ANSWERED:
        raise AssignmentError(f"{what} could not be run: {answer.reason}", "run it by hand")
    decoded = wire.decode_author(answer.header, answer.body)
    if isinstance(decoded, wire.Malformed):
        raise AssignmentError(f"{what} gave {decoded.why}", "let it give arrays and numbers")
    if decoded.problem is not None:
        raise AssignmentError(f"{what}: {decoded.problem}", _correction(decoded.problem))
    return decoded


def _correction(problem: str) -> str:
    if "ModuleNotFoundError" in problem:
        return "do without it there, or list it in packages: students may import it then, too"
    return "correct it there"


def plain(value: Value, name: str) -> Array | Scalar:
    """Return an author's value: an array, or a scalar as Python has it."""
    if value.array is None:
        shown = name.replace("\n", " ")
        raise AssignmentError(f"{shown} is a {value.kind}", "make it an array or a number")
    return value.array.item() if value.kind == "scalar" else value.array
