"""The student's own code as lines of coloured pieces, with the lines concerned marked."""

from collections.abc import Iterator
from functools import cache

from pygments.lexers.python import PythonLexer
from pygments.token import (
    Comment,
    Keyword,
    Name,
    Number,
    Operator,
    String,
    _TokenType,
    is_token_subtype,
)

from grader.model import Graded, Position, Record, SourceFile
from grader.report.clean import clean
from grader.report.view import anchor

# Pygments is slow on long lines, and a page should stay light.
_MAX_COLOURED = 32_000
_MAX_LINE = 400
_MAX_SHOWN = 200_000

_LEXER = PythonLexer(stripnl=False, ensurenl=False)
_CLASSES = (
    (Comment, "comment"),
    (String, "string"),
    (Keyword, "keyword"),
    (Operator.Word, "keyword"),
    (Number, "literal"),
    (Name.Builtin, "builtin"),
    (Name.Function, "defined"),
    (Name.Class, "defined"),
)


class Line(Record, frozen=True):
    """One line: its number, the anchor it has, pieces as (class, text), and why it is marked."""

    number: int
    anchor: str
    pieces: tuple[tuple[str, str], ...]
    mark: str


class Block(Record, frozen=True):
    """A file, or a notebook's code cell."""

    title: str
    lines: tuple[Line, ...]


def listing(graded: Graded) -> tuple[Block, ...]:
    """Return the blocks of a submission's main file."""
    return tuple(_blocks(graded.submission.main, _marks(graded)))


def _marks(graded: Graded) -> dict[tuple[int, int], str]:
    """Map places to why they are marked: exceptions of public cases, and unreadable lines."""
    marks: dict[tuple[int, int], str] = {}
    problems = [exhibit.outcome.problem for exhibit in graded.exhibits.values()]
    for problem in (*graded.extracted.unreadable, *graded.extracted.failed.values(), *problems):
        if problem is not None and problem.position is not None:
            at: Position = problem.position
            if at.file == graded.submission.main.name:
                said = f"{problem.type or 'exception'}: {problem.message}"
                marks.setdefault((at.cell or 0, at.line), clean(said, 200))
    return marks


def _blocks(file: SourceFile, marks: dict[tuple[int, int], str]) -> Iterator[Block]:
    left = _MAX_SHOWN
    for number, source in enumerate(file.cells, 1):
        cell = number if file.is_notebook else None
        text = clean(source.decode("utf-8", "replace"), max(0, left))
        left -= len(text)
        title = f"Code cell {cell}" if cell is not None else clean(file.name, 200)
        rows = _coloured(text) if _is_light(text) else [[("", line)] for line in text.split("\n")]
        lines = tuple(
            Line(
                number=row,
                anchor=anchor(Position(file=file.name, cell=cell, line=row)),
                pieces=tuple(pieces),
                mark=marks.get((cell or 0, row), ""),
            )
            for row, pieces in enumerate(rows, 1)
        )
        yield Block(title=title, lines=lines)


def _is_light(text: str) -> bool:
    return len(text) <= _MAX_COLOURED and all(len(line) <= _MAX_LINE for line in text.split("\n"))


def _coloured(text: str) -> list[list[tuple[str, str]]]:
    """Return lines as pieces, of which neighbours differ in their class."""
    rows: list[list[tuple[str, str]]] = [[]]
    for _, kind, value in _LEXER.get_tokens_unprocessed(text):
        name = _class(kind)
        for i, part in enumerate(value.split("\n")):
            if i:
                rows.append([])
            if part and rows[-1] and rows[-1][-1][0] == name:
                rows[-1][-1] = (name, rows[-1][-1][1] + part)
            elif part:
                rows[-1].append((name, part))
    return rows


@cache
def _class(kind: _TokenType) -> str:
    return next((name for token, name in _CLASSES if is_token_subtype(kind, token)), "")
