"""Sentences: told in any language, whatever stands for their placeholders."""

import pytest

from grader.wording import (
    UNSAID,
    language,
    languages,
    readers_language,
    say,
    say_many,
    verbatim,
)


def test_placeholders_are_filled_in() -> None:
    phrase = say("its shape is {shape}; {wanted} is asked for", shape="(2,)", wanted="(3,)")

    assert str(phrase) == "its shape is (2,); (3,) is asked for"


def test_what_stands_for_a_placeholder_is_no_message() -> None:
    assert (
        str(say("`{name}` is never set.", name="{wanted} %(n)s"))
        == "`{wanted} %(n)s` is never set."
    )


def test_a_phrase_may_stand_in_a_phrase() -> None:
    inner = say("is off by {shift} everywhere", shift="2")

    assert str(say("Your `{name}` {is_so}.", name="b", is_so=inner)) == (
        "Your `b` is off by 2 everywhere."
    )


@pytest.mark.parametrize(("count", "told"), [(1, "1 case"), (0, "0 cases"), (5, "5 cases")])
def test_a_number_chooses_the_form(count: int, told: str) -> None:
    assert str(say_many("{count} case", "{count} cases", count)) == told


def test_what_is_nobodys_to_translate_is_told_as_it_is() -> None:
    assert str(verbatim("{x} 100 %")) == "{x} 100 %"


@pytest.mark.parametrize("nothing", [UNSAID, verbatim("")])
def test_nothing_says_nothing(nothing: object) -> None:
    assert str(nothing) == ""
    assert not nothing


def test_a_language_without_a_catalogue_is_told_in_english() -> None:
    assert language("tlh").code == "en"
    assert language("tlh").tell(say("a {kind}", kind="b")) == "a b"


def test_the_pages_can_be_in_english_and_spanish() -> None:
    assert {"en", "es"} <= set(languages())


@pytest.mark.parametrize(
    ("environ", "code"),
    [
        ({"LANG": "es_ES.UTF-8"}, "es"),
        ({"LANG": "es"}, "es"),
        ({"LC_ALL": "en_GB", "LANG": "es_ES.UTF-8"}, "en"),
        ({"LANGUAGE": "es:en", "LC_ALL": "en_US.UTF-8"}, "es"),
        ({"LC_ALL": "", "LANG": "es_MX@euro"}, "es"),
        ({"LANG": "C.UTF-8"}, None),
        ({"LANG": "xx_YY"}, None),
        ({}, None),
    ],
)
def test_the_locale_says_the_language(environ: dict[str, str], code: str | None) -> None:
    assert readers_language(environ) == code
