"""Catalogues: every sentence that students are told is in each of them, and nothing else is."""

import io
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.wording import CATALOGUES, DOMAIN, languages

pytest.importorskip("babel.messages.catalog", reason="needs Babel")
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

_ROOT = Path(__file__).resolve().parent.parent
_CODES = [code for code in languages() if code != "en"]
_PLACEHOLDER = re.compile(r"\{\w*\}|%\(\w+\)s")
_EXTRACT = ["extract", "-F", "pyproject.toml", "-k", "say", "-k", "say_many:1,2"]


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> set[str | tuple[str, ...]]:
    """Return what the code says, as the README's command extracts it."""
    found = tmp_path_factory.mktemp("messages") / "messages.pot"
    pybabel = [sys.executable, "-m", "babel.messages.frontend"]
    subprocess.run([*pybabel, *_EXTRACT, "-o", found, "grader"], cwd=_ROOT, check=True)
    with found.open("rb") as file:
        return {key(message.id) for message in read_po(file) if message.id}


def key(id_: str | list[str] | tuple[str, ...]) -> str | tuple[str, ...]:
    return id_ if isinstance(id_, str) else tuple(id_)


def forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def catalogue(code: str) -> "Catalog":
    with (CATALOGUES / code / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return read_po(file, locale=code)


@pytest.mark.parametrize("code", _CODES)
def test_a_catalogue_has_all_messages_and_no_stale_one(
    code: str, messages: set[str | tuple[str, ...]]
) -> None:
    found = {key(message.id) for message in catalogue(code) if message.id}

    assert messages  # the extraction finds them
    assert found == messages


@pytest.mark.parametrize("code", _CODES)
def test_a_catalogue_translates_all_of_them(code: str) -> None:
    wanting = [
        message.id
        for message in catalogue(code)
        if message.id and (message.fuzzy or not message.string or not all(forms(message.string)))
    ]

    assert wanting == []


@pytest.mark.parametrize("code", _CODES)
def test_a_translation_has_the_placeholders_of_its_message(code: str) -> None:
    for message in catalogue(code):
        if not message.id:
            continue
        wanted = set(_PLACEHOLDER.findall(forms(message.id)[-1]))
        found = [set(_PLACEHOLDER.findall(form)) for form in forms(message.string)]
        assert found[-1] == wanted, message.id
        assert all(one <= wanted for one in found), message.id  # "the case", of just one


@pytest.mark.parametrize("code", _CODES)
def test_a_catalogue_is_compiled(code: str) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(code))

    path = CATALOGUES / code / "LC_MESSAGES" / f"{DOMAIN}.mo"
    assert path.read_bytes() == compiled.getvalue()
