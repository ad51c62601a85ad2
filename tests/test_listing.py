"""The student's own code in colours: told piece by piece, it must be as if told as a whole."""

import pytest
from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Number, Operator, String, is_token_subtype

from grader.model import SourceFile
from grader.report.listing import listing
from tests.conftest import ROOT

_SOURCES = sorted(
    path
    for folder in ("grader", "solutions", "tests/corpus")
    for path in (ROOT / folder).rglob("*.py")
)
_MOST, _LONGEST = 32_000, 400  # what is longer has no colours
_SEEN = ((Comment, "c"), (String, "s"), (Keyword, "k"), (Operator.Word, "k"), (Number, "m"))


def _lines(text: str) -> list[str]:
    (block,) = listing(SourceFile(name="a.py", cells=(text.encode(),), is_notebook=False), [], "en")
    return [str(line.code) for line in block.lines]


def _classes(text: str) -> list[set[str]]:
    """Return the classes that each line has by a lexer that has all of the text at once."""
    rows: list[set[str]] = [set()]
    for _, kind, value in PythonLexer(stripnl=False, ensurenl=False).get_tokens_unprocessed(text):
        name = next((name for one, name in _SEEN if is_token_subtype(kind, one)), "")
        for i, part in enumerate(value.split("\n")):
            if i:
                rows.append(set())
            if part and name:
                rows[-1].add(name)
    return rows


def _shown(line: str) -> set[str]:
    return {name for _, name in _SEEN if f'<span class="{name}">' in line}


def test_colours_are_those_of_the_whole_file() -> None:
    compared = 0
    for path in _SOURCES:
        text = path.read_text(encoding="utf-8", errors="replace")
        lines = text.split("\n")
        if len(text) < _MOST and all(len(one) < _LONGEST and one.isprintable() for one in lines):
            compared += 1
            assert [_shown(line) for line in _lines(text)] == _classes(text), path
    assert compared > 0.8 * len(_SOURCES)


@pytest.mark.parametrize(
    ("text", "strings"),
    [
        ('x = """\ndef f():\n    return 1\n"""\ny = 2', {1, 2, 3, 4}),
        ("x = '''\n\"\"\"\n'''\ny = 2", {1, 2, 3}),
        ('x = """\ny = 2\nz = 3', {1, 2, 3}),
        ('x = f"""{1}\n{2}"""\ny = 2', {1, 2}),
        ("# it's ''' here\ny = 2", set()),
    ],
)
def test_strings_of_several_lines(text: str, strings: set[int]) -> None:
    shown = {number for number, line in enumerate(_lines(text), 1) if 'class="s"' in line}

    assert shown == strings
