"""Places in the student's own code: which lines a page speaks of, and links to them. Pure."""

import re
from collections.abc import Collection, Iterator

from grader.judge.verdict import said, where
from grader.model import Graded, Position, Record, SourceFile
from grader.report.clean import clean
from grader.wording import Language, say

_LONGEST = 400  # characters of a line that is looked at
_MOST_LINES = 400  # of a definition


class Link(Record, frozen=True):
    """A line of the student's code: its words and anchor, and what is said of it there."""

    words: str
    target: str
    position: Position
    why: str


class Mark(Record, frozen=True):
    """What is said at a line, and the part of the page that says more; "" where there is none.

    `is_cause`: it is there that something went wrong.
    """

    position: Position
    why: str
    target: str
    words: str
    is_cause: bool


def anchor(position: Position) -> str:
    """Return the id of a line of the listing."""
    return f"line-{position.cell or 0}-{position.line}"


def stands(position: Position | None, file: SourceFile) -> bool:
    """Tell whether a position is a line of a file: what a guest says may be anything."""
    if position is None or position.file != file.name:
        return False
    return 1 <= position.line <= len(_lines(position, file))


def _lines(position: Position, file: SourceFile) -> list[str]:
    at = (position.cell or 1) - 1
    source = file.cells[at] if 0 <= at < len(file.cells) else b""
    return source.decode("utf-8", "replace").split("\n") if source else []


def definition_links(
    names: Collection[str], failed: Collection[str], graded: Graded, told: Language
) -> Iterator[Link]:
    """Yield links to where `names` are defined, and to where one of `failed` came to nothing."""
    main = graded.submission.main
    for definition in graded.extracted.found:
        if definition.name in names and stands(definition.position, main):
            yield _link(definition.name, definition.position, "", told)
    for name, problem in graded.extracted.failed.items():
        at = problem.position
        if name in failed and at is not None and stands(at, main):
            yield _link(name, at, clean(told.tell(said(problem)), 200), told)


def setting_links(output: str, graded: Graded, told: Language) -> Iterator[Link]:
    """Yield links to the lines that set an attribute, as far as it is plain from their text."""
    owner, _, attribute = output.rpartition(".")
    sets = re.compile(rf"\s*\w+\.{re.escape(attribute)}\b\s*(?:\[[^=]*\]\s*)?(?:[-+*/@]|//)?=(?!=)")
    main = graded.submission.main
    for one in graded.extracted.found:
        written = one.name.rpartition(".")[0] == owner and not one.name.endswith("__init__")
        if not owner or not written or not stands(one.position, main):
            continue
        last = min(one.end_line, one.position.line + _MOST_LINES)
        lines = _lines(one.position, main)[one.position.line - 1 : last]
        for number, line in enumerate(lines, one.position.line):
            if len(line) <= _LONGEST and sets.match(line):
                at = Position(file=main.name, cell=one.position.cell, line=number)
                yield _link(
                    output, at, told.tell(say("`{name}` is set here", name=attribute)), told
                )


def _link(name: str, position: Position, why: str, told: Language) -> Link:
    return Link(
        words=told.tell(say("{name}, {where}", name=name, where=where(position))),
        target=anchor(position),
        position=position,
        why=why,
    )
