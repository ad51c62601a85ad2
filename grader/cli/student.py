"""What a student runs: `check` on public cases; and `grade`, the official way of one file."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.common import (
    FILE,
    UNGRADED,
    assignment_option,
    bench,
    course_key,
    isolation_option,
    key_options,
    lang_option,
    tell,
    tell_line,
    told_in,
)
from grader.cli.receipts import receipt_option, write_receipt
from grader.files import write_bytes, write_text

if TYPE_CHECKING:
    from grader.cli.watch import Show
    from grader.model import Assignment, Graded, Scorecard, Submission
    from grader.report.brief import Brief

_NOT_PASSED = 1

_previous_option = click.option(
    "--previous",
    type=FILE,
    metavar="CARD.json",
    help="A scorecard of an earlier attempt: the page says what is better since.",
)


@click.command()
@click.argument("file", type=FILE)
@click.option("--report", type=FILE, metavar="OUT.html", help="Write the feedback page, too.")
@click.option("--json", "json_", type=FILE, metavar="OUT", help="Write the scorecard, too.")
@click.option("--watch", "watches", is_flag=True, help="Try it again whenever FILE is saved.")
@_previous_option
@lang_option
@assignment_option
@click.pass_context
def check(  # noqa: PLR0913, PLR0917 - one parameter per option
    context: click.Context,
    file: Path,
    report: Path | None,
    json_: Path | None,
    watches: bool,  # noqa: FBT001 - click passes it by name
    previous: Path | None,
    lang: str | None,
    assignment: str | None,
) -> None:
    """Try FILE on the public cases; exit 0 when all pass."""
    from grader.assignment.find import find_assignment
    from grader.model import State
    from grader.wording import readers_language

    found = find_assignment(file, assignment, os.environ, Path.cwd())
    found = told_in(found, lang or readers_language(os.environ))
    earlier = _earlier(previous, found, is_practice=True)

    def show(graded: "Graded", before: "Scorecard | None") -> "Brief":
        _write_json(graded, json_)
        return _show(graded, report, before)

    if watches:
        _watch(file, found, show, earlier)
        return
    with bench(found, None) as grade_one:
        graded = grade_one(read(file, found, None))
        show(graded, earlier)
    states = [case.state for one in graded.scorecard.exercises for case in one.cases]
    if not graded.scorecard.is_complete:
        context.exit(UNGRADED)
    context.exit(0 if set(states) == {State.PASSED} else _NOT_PASSED)


def _watch(file: Path, found: "Assignment", show: "Show", earlier: "Scorecard | None") -> None:
    from grader.assignment.find import find_assignment
    from grader.cli.watch import watch

    def find() -> "Assignment":
        anew = find_assignment(file, found.folder, os.environ, Path.cwd())
        return told_in(anew, found.reader or None)

    watch(file, find, show, earlier)


@click.command()
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option("--report", type=FILE, metavar="OUT.html", help="Where the feedback page goes.")
@click.option("--json", "json_", type=FILE, metavar="OUT", help="Write the scorecard; - prints it.")
@click.option("--junit", "junit_", type=FILE, metavar="OUT", help="Write JUnit XML.")
@click.option("--revision", metavar="REV", help="Read FILE from a git repository at REV.")
@_previous_option
@receipt_option
@lang_option
@isolation_option
@key_options
@assignment_option
@click.pass_context
def grade(  # noqa: PLR0913, PLR0917 - one parameter per option
    context: click.Context,
    files: tuple[Path, ...],
    report: Path | None,
    json_: Path | None,
    junit_: Path | None,
    revision: str | None,
    previous: Path | None,
    receipt: Path | None,
    lang: str | None,
    accept_isolation: str,
    new_key: bool,  # noqa: FBT001 - click passes it by name
    assignment: str | None,
) -> None:
    """Grade FILE on all cases: a .py, an .ipynb, a folder or a .zip."""
    from grader.assignment.find import find_apart
    from grader.assignment.kit import refuse_kit
    from grader.wording import readers_language

    if len(files) > 1 and (report or json_ or junit_ or previous or receipt):
        raise click.UsageError(
            "--report, --json, --junit, --previous and --receipt name one file: "
            "give one FILE, or use batch"
        )
    assignments = [find_apart(file, assignment, os.environ, Path.cwd()) for file in files]
    for about in assignments:
        refuse_kit(about)
    key = course_key(new_key=new_key)
    complete = True
    for file, about in zip(files, assignments, strict=True):
        found = told_in(about, lang or readers_language(os.environ))
        earlier = _earlier(previous, found, is_practice=False)
        with bench(found, key, accept_isolation) as grade_one:
            graded = grade_one(read(file, found, revision))
            page = report or Path(f"{stem(file)}.report.html")
            tell_all(graded, page, json_, junit_, earlier)
            write_receipt(graded.scorecard, receipt)
        complete = complete and graded.scorecard.is_complete
    context.exit(0 if complete else UNGRADED)


def read(file: Path, assignment: "Assignment", revision: str | None) -> "Submission":
    """Read a submission from the disk, or from a git tree."""
    from grader.submission.git import read_revision
    from grader.submission.read import read_submission

    if revision is not None:
        return read_revision(file, revision, assignment.files)
    return read_submission(file, assignment.files)


def stem(file: Path) -> str:
    """Return what the files about a submission are called by."""
    return file.stem or file.resolve().name


def _earlier(
    path: Path | None, assignment: "Assignment", *, is_practice: bool
) -> "Scorecard | None":
    """Read the scorecard of an earlier attempt; UsageError where it cannot be compared with."""
    from grader.errors import UsageError
    from grader.exports.canonical import read_canonical

    if path is None:
        return None
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}",
            "name a file that `--json` wrote for an earlier attempt, or leave out --previous",
        ) from error
    found = read_canonical(data, str(path))
    if found.assignment != assignment.slug:
        raise UsageError(
            f"{path} is a scorecard of the assignment {found.assignment[:80]!r}, "
            f"not of {assignment.slug!r}",
            "name one of an earlier attempt at this assignment, or leave out --previous",
        )
    if (found.key_id is None) is not is_practice:
        own, other = ("check", "grade") if is_practice else ("grade", "check")
        raise UsageError(
            f"{path} was written by `grader {other}`, whose points are of other cases",
            f"name one that `grader {own} --json` wrote, or leave out --previous",
        )
    return found


def tell_all(
    graded: "Graded",
    page: Path,
    json_: Path | None,
    junit_: Path | None,
    earlier: "Scorecard | None" = None,
) -> None:
    """Write and print the result of an official grading, beside that of an earlier attempt."""
    from grader.exports.canonical import canonical

    if junit_ is not None:
        from grader.exports.junit import junit

        write_bytes(junit_, junit(graded.scorecard))
    if json_ is not None and str(json_) == "-":
        _write_page(graded, page, earlier)
        sys.stdout.buffer.write(canonical(graded.scorecard))
        return
    _write_json(graded, json_)
    _show(graded, page, earlier)


def _write_json(graded: "Graded", path: Path | None) -> None:
    from grader.exports.canonical import canonical

    if path is not None:
        write_bytes(path, canonical(graded.scorecard))


def _show(graded: "Graded", page: Path | None, earlier: "Scorecard | None") -> "Brief":
    if page is not None:
        _write_page(graded, page, earlier)
    told = tell(graded, earlier)
    if where := _where(graded, page):
        tell_line(where)
    return told


def _where(graded: "Graded", page: Path | None) -> str:
    """Say where the page is; or how to have one, where something is left to look into."""
    from grader.wording import language, say

    if page is not None:
        return language(graded.language).tell(say("Report: {page}", page=str(page)))
    if graded.scorecard.points == graded.scorecard.max_points:
        return ""
    return language(graded.language).tell(say("Add --report page.html for all cases and hints."))


def _write_page(graded: "Graded", page: Path, earlier: "Scorecard | None") -> None:
    from grader.report.html import report

    write_text(page, report(graded, previous=earlier))
