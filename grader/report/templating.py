"""The environment that all pages are filled in by: everything is escaped, nothing is undefined."""

import base64
import contextlib
import hashlib
import os
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from grader.report.view import STATE_WORDS, number, pieces

_TEMPLATES = Path(__file__).resolve().parent / "templates"


def page_template(name: str) -> Template:
    """Return the template of a page, with the sheet of its own name after that of all pages.

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
    return _ENVIRONMENT.get_template(f"{name}.html.j2", globals=known)


def _make_environment() -> Environment:
    # autoescape=True, since select_autoescape() leaves .j2 files alone.
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        bytecode_cache=_bytecode_cache(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    environment.filters["pieces"] = pieces
    environment.globals["words"] = STATE_WORDS
    return environment


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


_ENVIRONMENT = _make_environment()
