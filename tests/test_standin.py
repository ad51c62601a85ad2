"""What stands for characters that an encoding has not."""

import codecs

import pytest

from grader.report.standin import stand_in

codecs.register_error("tests.stand_in", stand_in)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("✓ ✗ ≠ …", "+ x ! ~"),
        ("█░", "#."),
        ("¿Qué número? \u2013 «ñ»", "?Que numero? - <n>"),
        ("层", "?"),
    ],
)
def test_each_character_has_one_in_ascii(text: str, told: str) -> None:
    assert text.encode("ascii", "tests.stand_in") == told.encode()
    assert len(told) == len(text)


def test_what_can_be_encoded_stays() -> None:
    assert "año ✗".encode("cp1252", "tests.stand_in") == "año x".encode("cp1252")


@pytest.mark.parametrize("text", ["\ud800", "\U0010ffff", "e\u0301", "ﬁ", "½"])
def test_nothing_fails(text: str) -> None:
    assert text.encode("ascii", "tests.stand_in")


def test_another_error_is_raised() -> None:
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("ascii", "tests.stand_in")
