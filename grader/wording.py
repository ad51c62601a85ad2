"""Sentences before they are in any language, and the languages that they can be told in.

What judges and explains says what it has to say as phrases; a language turns them into text.
English is the language of the messages themselves; other ones have a catalogue under locale/.
"""

import gettext
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Union

import msgspec

SOURCE = "en"
DOMAIN = "grader"
CATALOGUES = Path(__file__).resolve().parent / "locale"
_LOCALE = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set, as in gettext


class Phrase(msgspec.Struct, frozen=True):
    """A message in English, with placeholders such as {name}, and what stands for them.

    `many` is the message for a `count` other than one, if it has two forms.
    """

    message: str
    values: dict[str, Union[str, int, "Phrase"]] = {}
    many: str = ""
    count: int = 1

    def __bool__(self) -> bool:
        """Tell whether it says anything."""
        return bool(self.message)

    def __str__(self) -> str:
        """Return it in English."""
        return language(SOURCE).tell(self)

    def __hash__(self) -> int:
        """Return a hash, though what stands for placeholders is a dictionary."""
        return hash((self.message, *self.values.items(), self.count))


def say(message: str, /, **values: str | int | Phrase) -> Phrase:
    """Return a phrase; its message is extracted for translators, so it must be a literal."""
    return Phrase(message, values)


def say_many(one: str, many: str, count: int, /, **values: str | int | Phrase) -> Phrase:
    """Return a phrase that depends on a number, which {count} stands for."""
    return Phrase(one, {"count": count, **values}, many, count)


def verbatim(text: str) -> Phrase:
    """Return as a phrase what is nobody's to translate: names, what Python says."""
    return Phrase("{text}", {"text": text}) if text else UNSAID


UNSAID = Phrase("")


class Language:
    """A language that phrases are told in."""

    def __init__(self, code: str, translations: gettext.NullTranslations) -> None:
        self.code = code
        self.translations = translations

    def tell(self, phrase: Phrase) -> str:
        """Return a phrase in this language."""
        if not phrase.message:  # to gettext, the empty message is the catalogue's own header
            return ""
        text = (
            self.translations.ngettext(phrase.message, phrase.many, phrase.count)
            if phrase.many
            else self.translations.gettext(phrase.message)
        )
        values = {
            name: self.tell(value) if isinstance(value, Phrase) else value
            for name, value in phrase.values.items()
        }
        return text.format_map(values)


@cache
def language(code: str) -> Language:
    """Return a language; English, where there is no catalogue of it."""
    if code == SOURCE or code not in languages():
        return Language(SOURCE, gettext.NullTranslations())
    return Language(code, gettext.translation(DOMAIN, CATALOGUES, [code]))


@cache
def languages() -> tuple[str, ...]:
    """Return the codes of the languages that pages can be in."""
    return (SOURCE, *sorted(path.name for path in CATALOGUES.iterdir() if path.is_dir()))


def readers_language(environ: Mapping[str, str]) -> str | None:
    """Return the language that the locale asks for; None where it asks for none that is known."""
    told = next((environ[name] for name in _LOCALE if environ.get(name)), "")
    code = re.split(r"[_.@:-]", told)[0].lower()
    return code if code in languages() else None
