"""What the commands share: options, the key, and telling a result. Imports late: see main."""

import functools
import gc
import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console

    from grader.assignment.casebook import Drawn
    from grader.assignment.key import Key
    from grader.grade import Grader
    from grader.model import Assignment, Graded, Scorecard
    from grader.report.brief import Brief

UNGRADED = 4
_OBJECTS = 100_000  # between two looks for cycles: more than a submission makes, of which few stay
WORKFLOWS = ("github", "gitlab", "gitea")  # the services that have one for each push

_F = TypeVar("_F", bound=Callable[..., Any])
FILE = click.Path(path_type=Path)


def assignment_option(function: _F) -> _F:
    """Add --assignment."""
    return click.option(
        "--assignment", "-a", metavar="NAME", help="The assignment: a slug, or its folder."
    )(function)


def key_options(function: _F) -> _F:
    """Add what says by which key fresh inputs are drawn."""
    return click.option(
        "--new-key", is_flag=True, help="Draw fresh inputs for this run alone, by no lasting key."
    )(function)


def isolation_option(function: _F) -> _F:
    """Add --accept-isolation, the only way past a host that isolates too little."""
    return click.option(
        "--accept-isolation",
        type=click.Choice(["strong", "weak", "none"]),
        default="strong",
        show_default=True,
        help="The lowest tier of isolation to run hidden cases in; see `grader doctor`.",
    )(function)


def lang_option(function: _F) -> _F:
    """Add --lang."""
    return click.option("--lang", metavar="CODE", help="The language to tell it in: en or es.")(
        function
    )


def told_in(assignment: "Assignment", lang: str | None) -> "Assignment":
    """Return the assignment for readers of a language; UsageError where there is none such."""
    from msgspec.structs import replace

    from grader.errors import UsageError
    from grader.wording import languages

    if lang is not None and lang not in {*languages(), *assignment.text, assignment.language}:
        raise UsageError(
            f"nothing is told in the language {lang!r}", f"name one of {', '.join(languages())}"
        )
    return replace(assignment, reader=lang or "")


def home() -> Path:
    """Return the user's own folder for the key and for cases that are kept."""
    return Path(os.environ.get("GRADER_HOME") or click.get_app_dir("grader"))


def cache() -> Path:
    """Return the folder of kept cases."""
    return home() / "cases"


def course_key(*, new_key: bool) -> "Key":
    """Return the key to draw by, and say so where it was made just now."""
    from grader.assignment.key import find_key
    from grader.assignment.key import new_key as make

    if new_key:
        click.echo("Fresh inputs are drawn for this run alone: another run draws others.", err=True)
        return make()
    key = find_key(os.environ, home())
    if key.origin.startswith("made"):
        click.echo(
            f"The course key was {key.origin}. Keep it: it makes marks repeatable.", err=True
        )
    return key


@contextmanager
def bench(
    assignment: "Assignment",
    key: "Key | None",
    lowest: str = "strong",
    record: "Callable[[], Mapping[str, Drawn]]" = dict,
) -> "Iterator[Grader]":
    """Yield what grades submissions: by `key`, or in practice, where that is None.

    Hidden cases are not run in a tier of isolation below `lowest`: SandboxError. The server for
    student code is started first: it boots while the rest is imported here. Inputs that are of
    `record` by then are not drawn again.
    """
    from grader.sandbox.host import keeper_for
    from grader.sandbox.paths import policy_for

    with keeper_for(policy_for(assignment.limits, assignment.packages)) as keeper:
        from grader.grade import prepare
        from grader.report import html  # noqa: F401 - needed by most, and ready when they are

        gc.freeze()
        gc.set_threshold(_OBJECTS)
        gc.enable()
        yield prepare(assignment, key, cache(), keeper, lowest, record())


def tell(graded: "Graded", before: "Scorecard | None" = None) -> "Brief":
    """Print the summary of a graded submission, and return it.

    By rich on a terminal, else in plain lines. It says what is better than `before`, if that is
    given.
    """
    from grader.report.brief import brief
    from grader.report.view import page

    told = brief(graded, page(graded, before))
    if sys.stdout.isatty():
        from grader.report.text import summary

        terminal().print(summary(told))
        return told
    from grader.report.plain import lines

    never_fail(sys.stdout)
    sys.stdout.write("".join(f"{line}\n" for line in lines(told)))
    return told


def tell_line(line: str, style: str = "") -> None:
    """Print a line below it, in a style where there is a terminal."""
    if sys.stdout.isatty():
        terminal().print(line, style=style, markup=False, soft_wrap=True)
    else:
        click.echo(line)


@functools.cache
def terminal() -> "Console":
    """Return the terminal that standard output is."""
    from rich.console import Console

    never_fail(sys.stdout)
    return Console(highlight=False, soft_wrap=False)


def never_fail(stream: TextIO) -> None:
    """Let something stand for characters that a stream cannot encode: no result is lost to them."""
    import codecs

    from grader.report.standin import stand_in

    codecs.register_error("grader.stand_in", stand_in)
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="grader.stand_in")
