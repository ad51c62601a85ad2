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
    told_in,
)
from grader.cli.receipts import receipt_option, write_receipt
from grader.files import write_bytes, write_text

if TYPE_CHECKING:
    from grader.model import Assignment, Graded, Submission

_NOT_PASSED = 1


@click.command()
@click.argument("file", type=FILE)
@click.option("--report", type=FILE, metavar="OUT.html", help="Write the feedback page, too.")
@lang_option
@assignment_option
@click.pass_context
def check(
    context: click.Context,
    file: Path,
    report: Path | None,
    lang: str | None,
    assignment: str | None,
) -> None:
    """Try FILE on the public cases; exit 0 when all pass."""
    from grader.assignment.find import find_assignment
    from grader.model import State
    from grader.wording import readers_language

    found = find_assignment(file, assignment, os.environ, Path.cwd())
    found = told_in(found, lang or readers_language(os.environ))
    with bench(found, None) as grade_one:
        graded = grade_one(read(file, found, None))
        _show(graded, report)
    states = [case.state for one in graded.scorecard.exercises for case in one.cases]
    if not graded.scorecard.is_complete:
        context.exit(UNGRADED)
    context.exit(0 if set(states) == {State.PASSED} else _NOT_PASSED)


@click.command()
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option("--report", type=FILE, metavar="OUT.html", help="Where the feedback page goes.")
@click.option("--json", "json_", type=FILE, metavar="OUT", help="Write the scorecard; - prints it.")
@click.option("--junit", "junit_", type=FILE, metavar="OUT", help="Write JUnit XML.")
@click.option("--revision", metavar="REV", help="Read FILE from a git repository at REV.")
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
    receipt: Path | None,
    lang: str | None,
    accept_isolation: str,
    new_key: bool,  # noqa: FBT001 - click passes it by name
    assignment: str | None,
) -> None:
    """Grade FILE on all cases: a .py, an .ipynb, a folder or a .zip."""
    from grader.assignment.find import find_assignment
    from grader.wording import readers_language

    if len(files) > 1 and (report or json_ or junit_ or receipt):
        raise click.UsageError(
            "--report, --json, --junit and --receipt name one file: give one FILE, or use batch"
        )
    key = course_key(new_key=new_key)
    complete = True
    for file in files:
        found = find_assignment(file, assignment, os.environ, Path.cwd())
        found = told_in(found, lang or readers_language(os.environ))
        with bench(found, key, accept_isolation) as grade_one:
            graded = grade_one(read(file, found, revision))
            page = report or Path(f"{stem(file)}.report.html")
            tell_all(graded, page, json_, junit_)
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


def tell_all(graded: "Graded", page: Path, json_: Path | None, junit_: Path | None) -> None:
    """Write and print the result of an official grading."""
    from grader.exports.canonical import canonical

    if junit_ is not None:
        from grader.exports.junit import junit

        write_bytes(junit_, junit(graded.scorecard))
    if json_ is not None and str(json_) == "-":
        _write_page(graded, page)
        sys.stdout.buffer.write(canonical(graded.scorecard))
        return
    if json_ is not None:
        write_bytes(json_, canonical(graded.scorecard))
    _show(graded, page)


def _show(graded: "Graded", page: Path | None) -> None:
    if page is not None:
        _write_page(graded, page)
    tell(graded)
    if page is not None:
        click.echo(f"Report: {page}")


def _write_page(graded: "Graded", page: Path) -> None:
    from grader.report.html import report

    write_text(page, report(graded))
