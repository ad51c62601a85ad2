"""Text that a student can influence: nothing in it acts, nothing is hidden."""

import unicodedata

import pytest

from grader.report.clean import clean

_SAFE = "\t\n"
_EMBEDDINGS = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
_TURNING = [c for c in map(chr, range(0x3000)) if unicodedata.bidirectional(c) in _EMBEDDINGS]
_TURNING += ["\u061c", "\u200e", "\u200f"]


@pytest.mark.parametrize(
    "text", ["", "plain", "two\nlines\tand a tab", "é😀 שלום 你好", "\xa0", "<b>&"]
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize("category", ["Cc", "Cs", "Zl", "Zp"])
def test_all_that_controls_or_breaks_is_escaped(category: str) -> None:
    active = [c for c in map(chr, range(0x110000)) if unicodedata.category(c) == category]

    assert [c for c in active if c not in _SAFE and c in clean(c)] == []


@pytest.mark.parametrize("char", _TURNING, ids=ascii)
def test_nothing_turns_the_direction_of_text(char: str) -> None:
    assert char not in clean(f"a{char}b")


@pytest.mark.parametrize(
    "char",
    ["\xad", "\u034f", "\u180e", "\u200b", "\u200d", "\u2060", "\u2064", "\ufeff", "\U000e0041"],
    ids=ascii,
)
def test_nothing_is_invisible(char: str) -> None:
    assert char not in clean(f"a{char}b")


def test_an_escape_shows_which_character_it_was() -> None:
    assert clean("\x1b[31mred\u202e") == "\\u001b[31mred\\u202e"


def test_line_endings_of_windows_are_plain_ones() -> None:
    assert clean("a\r\nb") == "a\nb"


def test_a_carriage_return_alone_overwrites_nothing() -> None:
    assert clean("wrong\rright") == "wrong\\u000dright"


def test_long_text_is_cut_and_says_so() -> None:
    assert clean("x" * 10, 9) == "x" * 9 + " … (cut)"
    assert clean("x" * 9, 9) == "x" * 9


def test_escapes_do_not_lengthen_text_without_end() -> None:
    assert len(clean("\x00" * 5000, 4000)) <= 4000 * 6 + 10


def test_what_is_clean_can_be_encoded() -> None:
    assert clean("".join(map(chr, range(0xD7F0, 0xE010)))).encode()


def test_cleaning_twice_changes_nothing_more() -> None:
    once = clean("\x1b\u202e\ud800 text")

    assert clean(once) == once
