"""The environments that all pages are filled in by: everything is escaped, nothing is undefined."""

import base64
import contextlib
import hashlib
import os
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from grader.model import State
from grader.report.markup import array, names, prose
from grader.report.view import SIGNS, STATE_PHRASES, number
from grader.wording import SOURCE, language

_TEMPLATES = Path(__file__).resolve().parent / "templates"


@cache
def page_template(name: str, code: str = SOURCE) -> Template:
    """Return the template of a page in a language, with its own sheet after that of all pages.

    A page carries its style sheet, which its content security policy knows by a hash.
    """
    parts = [
        (_TEMPLATES / sheet).read_text(encoding="utf-8") for sheet in ("base.css", name + ".css")
    ]
    style = "".join(parts)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    known = {
        "style": Markup(style),  # noqa: S704 - a file of ours
        "digest": f"sha256-{digest}",
    }
    return _environment(code).get_template(f"{name}.html.j2", globals=known)


@cache
def _environment(code: str) -> Environment:
    # autoescape=True, since select_autoescape() leaves .j2 files alone.
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        bytecode_cache=_bytecode_cache(),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    told = language(code)
    environment.install_gettext_translations(told.translations, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {"number": number, "prose": prose, "names": names, "array": array}
    environment.globals |= {
        "signs": SIGNS,
        "chips": {state: _chip(state, told.tell(said)) for state, said in STATE_PHRASES.items()},
    }
    return environment


def _chip(state: State, word: str) -> Markup:
    """Return a state as a sign and a word."""
    sign = Markup('<span aria-hidden="true">%s\u00a0</span>') % SIGNS[state]
    return Markup('<span class="state %s">%s%s</span>') % (state.value, sign, word)


def _bytecode_cache() -> FileSystemBytecodeCache | None:
    """Keep compiled templates where Python keeps its own compiled files, if it can."""
    folder = _TEMPLATES / "__pycache__"
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True)
    # Named by this file's own content: what it sets (autoescape) is compiled into a template.
    made_by = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    if not os.access(folder, os.W_OK):
        return None
    return FileSystemBytecodeCache(str(folder), f"{made_by}-%s.cache")
