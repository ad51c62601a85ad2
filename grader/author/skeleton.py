"""A new assignment: small, commented, and sound as it is, so that each change can be proved."""

import re
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from grader.assignment.manifest import DRAWS, MANIFEST, NOTEBOOK
from grader.errors import UsageError

_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

_MANIFEST = """\
# `grader new --keys` describes every key. `grader validate {slug}` says whether it all holds.
schema = "grader/assignment/1"
title = "Shares of a whole"
language = "en"
files = ["{file}"]  # what students hand in; the first is also the stub's and the reference's name
functions = ["shares"]  # what programs may call; classes go into `classes`
writes = ["shares"]  # what students write, as opposed to what they are given

# --- what is asked for ----------------------------------------------------------------------------

[[exercises]]
id = "shares"
title = "Shares"
asks = "Divide each number by the sum of its row."
points = 5
# How the points are split. A contract is: arguments are left as they are, the same call repeated
# answers the same.
outputs = {{ "shares" = 4, "shares.contract" = 1 }}

# --- programs: what cases do ----------------------------------------------------------------------

[programs.shares]
given = ["amounts"]
steps = \"\"\"
parts = shares(amounts)
parts
\"\"\"

# --- public cases: students see their numbers -----------------------------------------------------

[[cases]]
id = "public-1"
exercise = "shares"
title = "two rows"
program = "shares"
given = {{ amounts = [[1.0, 3.0, 4.0], [2.0, 2.0, 6.0]] }}

[[cases]]
id = "public-2"
exercise = "shares"
title = "whole numbers"
program = "shares"
given = {{ amounts = [[1, 1], [3, 1], [1, 4]] }}

# --- the notebook's worked examples: cells tagged case:NAME ---------------------------------------

[[cases]]
id = "row-1"
exercise = "shares"
title = "one row"
program = "shares"
cell = "one-row"
given = {{ amounts = "np.array([row])" }}
expected = {{ "shares" = "np.array([parts])" }}

[[cases]]
id = "row-2"
exercise = "shares"
title = "a table"
program = "shares"
cell = "table"
given = {{ amounts = "table" }}
expected = {{ "shares" = "parts" }}

# --- fresh inputs, drawn by the course key: two thirds of each output's points at least -----------

[[cases]]
id = "square-1"
exercise = "shares"
title = "as many rows as columns"
program = "shares"
draw = "square"

[[cases]]
id = "square-2"
exercise = "shares"
title = "as many rows as columns, again"
program = "shares"
draw = "square"

[[cases]]
id = "tall"
exercise = "shares"
title = "more rows than columns"
program = "shares"
draw = "tall"

[[cases]]
id = "integers"
exercise = "shares"
title = "whole numbers"
program = "shares"
draw = "integers"
"""

_DRAWS = '''\
"""Fresh inputs: each function draws those of one case from a seeded generator."""


def square(rng):
    """As many rows as columns: what divides by the wrong sums keeps the shape."""
    return {"amounts": rng.uniform(0.5, 9.0, size=(3, 3))}


def tall(rng):
    """More rows than columns."""
    return {"amounts": rng.uniform(0.5, 9.0, size=(5, 2))}


def integers(rng):
    """Whole numbers, whose shares have fractions."""
    return {"amounts": rng.integers(1, 10, size=(4, 3))}
'''

_STUB = '''\
"""Shares of a whole: write the function."""

import numpy as np


def shares(amounts):
    """Return what each number of `amounts` (rows, columns) is of the sum of its row.

    The result has the shape of `amounts`, which is left as it is.
    """
    pass
'''

_REFERENCE = '''\
"""The reference: what it gives is what is expected of fresh inputs."""

import numpy as np


def shares(amounts):
    return amounts / np.sum(amounts, axis=1, keepdims=True)
'''

_VARIANT = '''\
"""A right solution that is written otherwise: it must have all points."""

import numpy as np


def shares(amounts):
    return np.array([row / sum(row) for row in amounts])
'''

_MISTAKE = '''\
"""A wrong solution, as students write it. Its text is in mistakes.toml, under this file's name."""

import numpy as np


def shares(amounts):
    return amounts / np.sum(amounts, axis=0)
'''

_MISTAKES = """\
# What is told of each known mistake. Its code is in mistakes/<id>.py.

[sums-of-columns.text.en]
title = "Divided by the sums of the columns"
# Each hint leads further than the one before, and none is the answer.
hints = [
  "Add up a row of your `{output}`, then a column. Which of them should be 1?",
  "Look at the `axis` of your sum: which axis disappears, and which one is still there?",
]
"""

# What is shown must be what the cells print: validate compares them.
_CELLS: tuple[tuple[str, str, str | None], ...] = (
    ("# Shares of a whole\n\nCells that are tagged `case:NAME` become hidden cases.", "", None),
    ("", "import numpy as np", None),
    ("## One row", "row = np.array([1.0, 4.0, 5.0])\nparts = row / 10\nprint(parts)", "one-row"),
    (
        "## A table",
        """\
table = np.array([[2.0, 6.0], [5.0, 5.0], [9.0, 1.0]])
parts = table / np.array([[8.0], [10.0], [10.0]])
print(parts)""",
        "table",
    ),
)
_SHOWN = {
    "one-row": "[0.1 0.4 0.5]\n",
    "table": "[[0.25 0.75]\n [0.5  0.5 ]\n [0.9  0.1 ]]\n",
}


def skeleton(slug: str) -> dict[str, str]:
    """Return the files of a new assignment and its solutions; UsageError where it has no name."""
    if not _SLUG.fullmatch(slug):
        raise UsageError(
            f"{slug!r} cannot be the name of an assignment's folder",
            "use small letters, digits and single hyphens, a letter first, such as week-3",
        )
    file = f"{slug.replace('-', '_')}.py"
    folder, solutions = f"assignments/{slug}", f"solutions/{slug}"
    return {
        f"{folder}/{MANIFEST}": _MANIFEST.format(slug=slug, file=file),
        f"{folder}/{NOTEBOOK}": _notebook(),
        f"{folder}/{DRAWS}": _DRAWS,
        f"{folder}/{file}": _STUB,
        f"{solutions}/{file}": _REFERENCE,
        f"{solutions}/variants/loop.py": _VARIANT,
        f"{solutions}/mistakes/sums-of-columns.py": _MISTAKE,
        f"{solutions}/mistakes.toml": _MISTAKES,
    }


def free(root: Path, files: dict[str, str]) -> None:
    """Raise UsageError where one of the folders is there already: nothing is written over."""
    for folder in sorted({"/".join(name.split("/")[:2]) for name in files}):
        if (root / folder).exists():
            raise UsageError(
                f"{root / folder} is there already", "choose another name, or move it away"
            )


def _notebook() -> str:
    cells: list[nbformat.NotebookNode] = []
    for number, (text, code, name) in enumerate(_CELLS, 1):
        if text:
            cells.append(new_markdown_cell(text, id=f"text-{number}"))  # type: ignore[no-untyped-call]
        if code:
            cells.append(_code(code, name, number))
    return f"{nbformat.writes(new_notebook(cells=cells))}\n"  # type: ignore[no-untyped-call]


def _code(source: str, name: str | None, number: int) -> nbformat.NotebookNode:
    shown = _SHOWN.get(name or "")
    cell: nbformat.NotebookNode = new_code_cell(  # type: ignore[no-untyped-call]
        source,
        id=name or f"code-{number}",
        execution_count=number,
        metadata={"tags": [f"case:{name}"]} if name else {},
        outputs=[new_output("stream", name="stdout", text=shown)] if shown else [],  # type: ignore[no-untyped-call]
    )
    return cell
