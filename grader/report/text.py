"""The same in a terminal, in brief. Pure: records in, something that rich can print out."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.model import State
from grader.report.view import STATE_WORDS, OutputRow, Page, number

_STYLES = {State.PASSED: "green", State.BLOCKED: "yellow", State.NOT_RUN: "yellow"}


def summary(page: Page) -> RenderableType:
    """Return the summary of a graded submission."""
    practice = " on the public cases" if page.is_practice else ""
    head = Text.assemble(
        (page.name, "bold"),
        f"  {page.title}\n",
        (f"{number(page.points)} of {number(page.max_points)} points{practice}", "bold"),
    )
    parts: list[RenderableType] = [head, _table(page)]
    if page.first:
        parts.append(Text.assemble(("Fix this first: ", "bold red"), (page.first, "bold")))
        parts.append(Padding(Text(page.first_hint), (0, 0, 0, 2)))
    if page.ungraded:
        said = f"{page.ungraded} cases could not be graded, through no fault of the submission."
        parts.append(Text(said, "yellow"))
    parts += [Text(f"Note: {note}", "dim") for note in page.notes]
    return Group(*parts)


def _table(page: Page) -> RenderableType:
    """Return a row per exercise and output."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for card in page.cards:
        table.add_row("", Text(card.title, "bold"), _of(card.points, card.max_points), "")
        for row in card.outputs:
            points = _of(row.points, row.max_points) if row.max_points else Text("given")
            table.add_row(_mark(row), Text(row.name), points, Text(row.remark))
    return table


def _of(points: float, most: float) -> Text:
    return Text(f"{number(points)} / {number(most)}")


def _mark(row: OutputRow) -> Text:
    word = STATE_WORDS[row.state]
    sign = "✓" if row.state is State.PASSED else "…" if row.state is State.BLOCKED else "✗"
    return Text(f"{sign} {word}", _STYLES.get(row.state, "red"))
