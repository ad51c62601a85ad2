"""Text where a service would act on it: found by readers of the services' own languages."""

import tempfile
from pathlib import Path

import pytest

from grader.exports.github import command, outputs, quoted
from grader.exports.inert import log_lines, markdown, one_line, token
from tests.ci import readers

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "hypothesis")  # not the working folder

_PARTS = [
    "::", "##[", "error", "]", "stop-commands", "add-mask", "group", "\n", "\r", "\r\n", " ", "\t",
    "\u00a0", "\u2028", "\x85", "\x0b", "\x1b[31m", "%", "%0A", "%25", "x", "=", ",", ":", ";",
    "section_start:1:a\r\x1b[0K", "section_", "end:2:b", "@", "someone", "#", "12", "`", "|", "<b>",
    "![a](b)", "<!--", "-->", "\\", "\ud800", "\u202e",
]  # fmt: skip
often = settings(max_examples=200, deadline=None, derandomize=True)
hostile = st.lists(st.sampled_from(_PARTS), max_size=12).map("".join)


@often
@given(hostile)
def test_no_line_of_a_log_is_a_command(text: str) -> None:
    log = "\n".join(log_lines(text))

    assert list(readers.commands(log)) == []
    assert readers.sections(log) == []
    assert set("\r\x1b\x85\u2028\u202e").isdisjoint(log)


@pytest.mark.parametrize(
    "line",
    ["::error::x", "  ::error::x", "\u00a0::error::x", "a ##[error]x", "##[group]", "##[a b=c]d"],
)
def test_a_reader_does_find_commands(line: str) -> None:
    name = "a" if "b=c" in line else ("group" if "group" in line else "error")
    known = list(readers.commands(line))

    assert [one.name for one in known] == ([name] if name != "a" else [])
    assert list(readers.commands("\n".join(log_lines(line)))) == []


def test_a_reader_does_find_sections() -> None:
    assert readers.sections("section_start:1560896352:a\r\x1b[0Kb") != []


def test_what_is_harmless_is_left_as_it_is() -> None:
    text = "layers.py  Backward\n  wrong     a::b: 0 / 2 - it is [1, 2] # ## 50%\n\nend"

    assert log_lines(text) == text.splitlines()


@often
@given(hostile)
def test_a_quotation_ends_with_its_token_alone(text: str) -> None:
    log = "\n".join([*quoted(text, "f" * 32), "::error::after"])

    assert [one.name for one in readers.commands(log)] == ["stop-commands", "error"]


@often
@given(hostile, hostile)
def test_a_command_is_one_line_and_is_read_back_as_it_was(message: str, name: str) -> None:
    line = command("error", message, file=f"a{name}", line=3)

    assert list(readers.commands(line)) == [("error", {"file": f"a{name}", "line": "3"}, message)]


def test_a_command_without_properties() -> None:
    assert command("error", "a", file=None) == "::error::a"


@often
@given(st.dictionaries(st.sampled_from(["points", "b"]), hostile.map(one_line)))
def test_outputs_are_read_back_as_they_were(values: dict[str, str]) -> None:
    assert readers.outputs(outputs(values, token())) == values


def test_an_output_cannot_end_itself() -> None:
    values = {"a": "EOF\nb=1\nc<<EOF\nx", "d": ""}

    assert readers.outputs(outputs(values, token())) == values


def test_no_token_is_used_twice() -> None:
    assert len({token() for _ in range(100)}) == 100


@often
@given(hostile)
def test_nothing_in_markdown_acts(text: str) -> None:
    page = readers.Rendered(f"| a |\n|---|\n| {markdown(text)} |\n")

    assert page.tags == ["table", "thead", "tr", "th", "tbody", "tr", "td"]
    assert page.mentions == []
    assert page.pieces.count("a") >= 1
    assert " ".join("".join(page.pieces).split()) == f"a {one_line(text)}".strip()


def test_a_mention_is_one_to_the_reader() -> None:
    assert readers.Rendered("\\@someone and \\#12").mentions == ["@someone", "#12"]


def test_one_line_is_one_line() -> None:
    assert one_line("a\nb\r\n\tc\x1b\x85") == "a b c\\u001b\\u0085"


def test_a_long_text_is_cut_and_says_so() -> None:
    assert one_line("a" * 30, 10) == f"{'a' * 10} … (cut)"
