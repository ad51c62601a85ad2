"""The same in a terminal. Pure: records in, something that rich can print out."""

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.model import State
from grader.report.brief import DIFFERS, EMPTY, FILLED, Brief, Exercise, Fix, Labels, Row, Shown
from grader.report.plain import example

_STYLES = {State.PASSED: "green", State.BLOCKED: "yellow", State.NOT_RUN: "yellow"}
_BAR = 30
_WIDE = 72
_ROUNDING = 1e-9  # points are sums of floats here
_MARKED = rf"{DIFFERS}\S*"


def summary(brief: Brief) -> RenderableType:
    """Return the summary of a graded submission."""
    parts: list[RenderableType] = [Text(brief.head, "bold"), *_score(brief)]
    for one in brief.exercises:
        parts += [Text(), Text.assemble((one.title, "bold"), f"  {one.points}"), _Rows(one)]
    if brief.fix is not None:
        parts += [Text(), *_fix(brief.fix, brief.labels)]
    if brief.fine:
        parts += [Text(), Text(brief.fine, "bold green")]
    if brief.ungraded:
        parts += [Text(), Text(brief.ungraded, "yellow")]
    if brief.notes:
        parts += [Text(), *(Text(note, "dim") for note in brief.notes)]
    if brief.gains:
        parts += [Text(), *(Text(gain, "bold") for gain in brief.gains)]
    return Group(*parts)


def _score(brief: Brief) -> Iterator[RenderableType]:
    yield Text(brief.score, "bold")
    if brief.share is not None:
        filled = _filled(brief.share)
        bar = (FILLED * filled, "green"), (EMPTY * (_BAR - filled), "dim")
        yield Text.assemble(*bar, f" {int(100 * brief.share + _ROUNDING)} %")


def _filled(share: float) -> int:
    """Return how much of the bar is full: all of it for all points alone, none for none."""
    return int(_BAR * share + _ROUNDING)


class _Rows:
    """The outputs of an exercise: in columns, and where these are narrow what is seen below."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield what fits the width at hand."""
        if options.max_width < _WIDE:
            yield from map(self._narrow, self.exercise.rows)
            return
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        for row in self.exercise.rows:
            table.add_row(
                _mark(row),
                Text(row.name),
                Text(row.points, no_wrap=True),
                Text(row.remark),
            )
        yield Padding(table, (0, 0, 0, 2))

    @staticmethod
    def _narrow(row: Row) -> RenderableType:
        head = Text.assemble(_mark(row), f"  {row.points}  {row.name}")
        parts = [Padding(head, (0, 0, 0, 2))]
        parts += [Padding(Text(row.remark), (0, 0, 0, 4))] if row.remark else []
        return Group(*parts)


def _mark(row: Row) -> Text:
    return Text(f"{row.sign} {row.word}", _STYLES.get(row.state, "red"), no_wrap=True)


def _fix(fix: Fix, labels: Labels) -> Iterator[RenderableType]:
    yield Text.assemble((f"{labels.first} ", "bold red"), (fix.what, "bold"))
    for line in (fix.hint, fix.place):
        if line:
            yield Padding(Text(line), (0, 0, 0, 2))
    if fix.shown is not None:
        yield Text()
        yield Padding(_Example(fix.shown, labels), (0, 0, 0, 2))


class _Example:
    """A counter-example: its arrays stand side by side as far as there is room."""

    def __init__(self, shown: Shown, labels: Labels) -> None:
        self.shown = shown
        self.labels = labels

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield its lines, cells that differ in a colour beside their sign."""
        for line in example(self.shown, self.labels, options.max_width):
            text = Text(line)
            text.highlight_regex(_MARKED, "bold red")
            yield text
