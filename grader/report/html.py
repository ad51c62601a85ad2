"""Pages: one file each, no script, nothing loaded from elsewhere. Pure: records in, text out."""

import base64
import contextlib
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined

from grader.model import Graded, Record, Soundness
from grader.report.listing import listing
from grader.report.view import STATE_WORDS, Page, number, page, pieces

_TEMPLATES = Path(__file__).resolve().parent / "templates"


class IndexRow(Record, frozen=True):
    """A student on the page of a class; `points` is None for one who could not be graded.

    `final` is what counts in the end, where that differs.
    """

    student: str
    name: str
    points: float | None
    max_points: float
    remark: str
    link: str | None
    final: float | None = None


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
    # The hash by which the content security policy knows the style sheet.
    style = environment.get_template("style.css").render()
    digest = hashlib.sha256(style.encode()).digest()
    environment.globals["digest"] = f"sha256-{base64.b64encode(digest).decode()}"
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
_REPORT = _ENVIRONMENT.get_template("report.html.j2")


def report(graded: Graded, shown: Page | None = None) -> str:
    """Return a student's page; `shown` is what it says, where that is known already."""
    return _REPORT.render(page=shown or page(graded), blocks=listing(graded))


def index(title: str, rows: Callable[[], Iterable[IndexRow]]) -> Iterator[str]:
    """Yield the page of a class, part by part: those who could not be graded first.

    `rows` are gone through several times, and never held: a class may be large.
    """
    graded = Counter(_is_graded(row) for row in rows())
    return _ENVIRONMENT.get_template("index.html.j2").generate(
        title=title,
        total=graded.total(),
        ungraded=graded[False],
        rows=(row for wanted in (False, True) for row in rows() if _is_graded(row) is wanted),
    )


def _is_graded(row: IndexRow) -> bool:
    return row.points is not None


def soundness(found: Soundness) -> str:
    """Return the author's page: what catches which mistake, and what it is then called."""
    ids = sorted({row.mistake for row in found.rows})
    others = {name for row in found.rows for name in row.named} - set(ids)
    template = _ENVIRONMENT.get_template("soundness.html.j2")
    return template.render(found=found, ids=[*ids, *sorted(others)])
