"""The student's own code as lines of coloured pieces, with the lines concerned marked."""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from markupsafe import Markup, escape
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

from grader.model import Position, Record, SourceFile
from grader.report.clean import clean
from grader.report.places import Mark, anchor
from grader.wording import language, say

# Pygments is slow on long lines, and a page should stay light.
_MAX_COLOURED = 32_000
_MAX_LINE = 400
_MAX_SHOWN = 200_000
_REMEMBERED = 1 << 12  # pieces: a megabyte or two

_LEXER = PythonLexer(stripnl=False, ensurenl=False)
_TRIPLE = re.compile(r"\"\"\"|'''")
_CLASSES = (
    (Comment, "c"),
    (String, "s"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (Number, "m"),
    (Name.Builtin, "b"),
    (Name.Function, "d"),
    (Name.Class, "d"),
)


class Line(Record, frozen=True):
    """One line as markup, the anchor it has where something leads to it, and its marks."""

    code: Markup
    anchor: str
    marks: tuple[Mark, ...]

    @property
    def is_cause(self) -> bool:
        """Tell whether something went wrong at this very line."""
        return any(mark.is_cause for mark in self.marks)


class Block(Record, frozen=True):
    """A file, or a notebook's code cell."""

    title: str
    lines: tuple[Line, ...]


def listing(file: SourceFile, marks: Sequence[Mark], code: str) -> tuple[Block, ...]:
    """Return the blocks of a submission's main file, in a language of this code."""
    by_place: dict[str, list[Mark]] = {}
    for mark in marks:
        by_place.setdefault(anchor(mark.position), []).append(mark)
    return tuple(_blocks(file, {at: _once(found) for at, found in by_place.items()}, code))


def _once(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Return the marks of a line: one of what went wrong there, and each other sentence once.

    That something begins here is told only where there is nothing else to tell.
    """
    wrong = [mark for mark in marks if mark.is_cause][:1]
    others = {mark.why: mark for mark in reversed(marks) if not mark.is_cause and mark.why}
    return (*wrong, *reversed(others.values())) or tuple(marks[:1])


def _blocks(file: SourceFile, marks: dict[str, tuple[Mark, ...]], code: str) -> Iterator[Block]:
    left = _MAX_SHOWN
    for number, source in enumerate(file.cells, 1):
        cell = number if file.is_notebook else None
        text = clean(source.decode("utf-8", "replace"), max(0, left))
        left -= len(text)
        title = clean(file.name, 200)
        if cell is not None:
            title = language(code).tell(say("Code cell {number}", number=cell))
        rows = _coloured(text) if _is_light(text) else [escape(line) for line in text.split("\n")]
        yield Block(title=title, lines=tuple(_lines(rows, file.name, cell, marks)))


def _lines(
    rows: Sequence[Markup], name: str, cell: int | None, marks: dict[str, tuple[Mark, ...]]
) -> Iterator[Line]:
    for row, code in enumerate(rows, 1):
        at = anchor(Position(file=name, cell=cell, line=row))
        found = marks.get(at, ())
        yield Line(code=code, anchor=at if found else "", marks=found)


def _is_light(text: str) -> bool:
    return len(text) <= _MAX_COLOURED and all(len(line) <= _MAX_LINE for line in text.split("\n"))


def _coloured(text: str) -> list[Markup]:
    """Return lines as markup, in which neighbours of one class share an element."""
    rows: list[Markup] = []
    for piece in _pieces(text.split("\n")):
        rows += _rows(piece)
    return rows


def _pieces(lines: Sequence[str]) -> Iterator[str]:
    """Yield pieces that Python's colours are told of by themselves: most are a line.

    A string of several lines goes with the line that it begins in; where that is not simple, all
    the rest does.
    """
    first = 0
    while first < len(lines):
        last = first + 1
        if not _is_whole(lines[first]):
            quoted = (at for at in range(last, len(lines)) if _TRIPLE.search(lines[at]))
            last = next(quoted, len(lines)) + 1
            if not _is_whole("\n".join(lines[first:last])):
                last = len(lines)
        yield "\n".join(lines[first:last])
        first = last


@lru_cache(maxsize=_REMEMBERED)
def _is_whole(piece: str) -> bool:
    """Tell whether what follows a piece is no part of a string that begins in it."""
    if not _TRIPLE.search(piece):
        return True
    *_, (_, kind, _) = _LEXER.get_tokens_unprocessed(f"{piece}\ndef _")
    return kind is Name.Function


@lru_cache(maxsize=_REMEMBERED)
def _rows(piece: str) -> tuple[Markup, ...]:
    """Return the lines of a piece as markup; in a class, most have most of them."""
    rows: list[list[tuple[str, str]]] = [[]]
    for _, kind, value in _LEXER.get_tokens_unprocessed(piece):
        name = _class(kind)
        for i, part in enumerate(value.split("\n")):
            if i:
                rows.append([])
            if part and rows[-1] and rows[-1][-1][0] == name:
                rows[-1][-1] = (name, rows[-1][-1][1] + part)
            elif part:
                rows[-1].append((name, part))
    return tuple(Markup("").join(_piece(*piece) for piece in row) for row in rows)


def _piece(name: str, text: str) -> Markup:
    return _TEMPLATES[name] % text if name else escape(text)


_TEMPLATES = {name: Markup(f'<span class="{name}">%s</span>') for _, name in _CLASSES}  # noqa: S704 - names of ours


@cache
def _class(kind: _TokenType) -> str:
    return next((name for token, name in _CLASSES if is_token_subtype(kind, token)), "")
