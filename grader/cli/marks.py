"""What an instructor does with the marks of a class: `adjust` by hand, `export` to an LMS."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from grader.cli.common import FILE, assignment_option
from grader.cli.receipts import write_receipts
from grader.files import whole, write_parts, write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from grader.batch.ledger import Ledger
    from grader.batch.terms import Adjustment, Terms
    from grader.exports.marked import Marked, Sheet

_FORMATS = (
    "canvas", "moodle", "blackboard", "brightspace", "nbgrader", "gradescope", "csv", "json",
)  # fmt: skip
_FILLED_IN = ("canvas", "moodle", "blackboard", "brightspace")
_TAKE_REPORTS = ("canvas", "moodle")
_POINTS = r"[0-9]{1,9}(\.[0-9]{1,9}|/[1-9][0-9]{0,8})?"
_MAX_REMARK = 2000


@click.command()
@click.argument("out", type=FILE)
@click.argument("student")
@click.option("--points", metavar="POINTS", help='The final mark: 7, 7.5 or "22/3".')
@click.option("--remark", metavar="TEXT", help="The remark in place of the grader's own.")
@click.option("--clear", is_flag=True, help="Take back all that was set by hand.")
def adjust(
    out: Path,
    student: str,
    points: str | None,
    remark: str | None,
    clear: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Set a student's final mark or remark by hand, in a batch's OUT.

    No batch and no regrade overwrites it, and no policy is applied to it; the points as graded stay
    beside it. What is not given stays as it was set before.
    """
    from grader.batch.ledger import Ledger
    from grader.batch.overview import write_class
    from grader.batch.tables import ledger_of
    from grader.batch.terms import Adjustment

    if (points is None and remark is None) is not clear:
        raise click.UsageError("give --points, --remark or both; or --clear alone")
    exact = None if points is None else _exact(points)
    ledger_of(out)
    with Ledger(out) as ledger:
        _check_known(student, ledger)
        before = ledger.adjustments().get(student, Adjustment())
        now = None if clear else _adjusted(before, exact, remark)
        ledger.adjust(student, now)
        write_class(out, ledger)
        _tell_mark(student, ledger)


def _exact(points: str) -> str:
    """Return points as an exact number in its shortest form; UsageError where they are none."""
    import re
    from fractions import Fraction

    from grader.errors import UsageError

    if not re.fullmatch(_POINTS, points):
        raise UsageError(f"{points!r} is no number of points", 'write it as 7, 7.5 or "22/3"')
    return str(Fraction(points))


def _adjusted(before: "Adjustment", points: str | None, remark: str | None) -> "Adjustment":
    from grader.batch.terms import Adjustment
    from grader.report.clean import clean

    return Adjustment(
        points=before.points if points is None else points,
        remark=before.remark if remark is None else clean(remark, _MAX_REMARK),
    )


def _check_known(student: str, ledger: "Ledger") -> None:
    """Refuse a student that the ledger does not have, and name those that may be meant."""
    from difflib import get_close_matches

    from grader.errors import UsageError

    known = {line.student: line.name for line in ledger.lines()}
    if student in known:
        return
    near = get_close_matches(student, [*known, *known.values()], n=3, cutoff=0.5)
    meant = [f"{one} ({name})" for one, name in known.items() if one in near or name in near]
    raise UsageError(
        f"the batch has no student {student!r}",
        f"name one as the ledger does: {', '.join(meant[:3] or list(known)[:3])}",
    )


def _tell_mark(student: str, ledger: "Ledger") -> None:
    from grader.batch.marks import counting, settled
    from grader.exports.inert import one_line
    from grader.exports.marked import number

    pairs = settled(ledger.lines(), ledger.terms(), ledger.adjustments())
    mark = next(one for one in counting(pairs) if one.student == student)
    raw = "not graded" if mark.raw is None else f"{number(mark.raw)} as graded"
    by_hand = "set by hand, " if mark.adjusted else ""
    final = number(mark.final) or "no mark"
    click.echo(f"{one_line(student, 80)}: {final} of {number(mark.max_points)} ({by_hand}{raw})")
    if mark.final is not None and mark.final > mark.max_points:
        click.echo("That is above the maximum: it stands, but an LMS may cap or refuse it.")


@click.command()
@click.argument("form", type=click.Choice(_FORMATS), metavar="FORMAT")
@click.argument("out", type=FILE)
@click.option("--to", type=FILE, required=True, metavar="FILE", help="Where the export goes.")
@click.option("--title", default="", help="The assignment's name in the LMS.")
@click.option("--template", type=FILE, metavar="CSV", help="The LMS's own table, to be filled in.")
@click.option(
    "--counts", type=click.Choice(["latest", "best"]), help="Which attempt, whatever the policy."
)
@click.option("--sign", is_flag=True, help="Of json: write receipts, which `verify` takes.")
@click.option("--feedback", type=FILE, metavar="ZIP", help="Reports, as canvas and moodle take.")
@assignment_option
def export(  # noqa: PLR0913, PLR0917 - one parameter per option
    form: str,
    out: Path,
    to: Path,
    title: str,
    template: Path | None,
    counts: Literal["latest", "best"] | None,
    sign: bool,  # noqa: FBT001 - click passes it by name
    feedback: Path | None,
    assignment: str | None,
) -> None:
    """Write the marks of a batch's OUT in a form that an LMS takes, or as csv or canonical json.

    FORMAT is canvas, moodle, blackboard, brightspace, nbgrader, gradescope, csv or json. Policy is
    that of the batch, or of --assignment as it is now. What could not be graded is left blank and
    listed, never 0.
    """
    from grader.batch.ledger import book_of
    from grader.batch.marks import counting, dump, rows_of, settled

    _check_options(form, sign=sign, template=template, feedback=feedback)
    with book_of(out) as book:
        terms = book.terms if assignment is None else _terms_now(book.terms, out, assignment)
        terms = terms if counts is None else terms.with_counts(counts)
        pairs = settled(book.lines, terms, book.adjustments)
        if sign:
            write_receipts(tuple(rows_of(pairs)), to)
            return
        if form == "json":
            write_parts(to, dump(pairs))
            return
        marks = tuple(counting(pairs))
    given = _table(template) if template is not None else None
    sheet = _sheet(form, marks, title or out.resolve().name, given)
    write_text(to, sheet.text)
    if feedback is not None:
        _write_feedback(form, out, feedback, marks, given)
    for note in sheet.notes:
        click.echo(note)
    _tell_blank(sheet.left_out, marks)
    click.echo(f"{len(marks)} students: {to}")


def _check_options(form: str, *, sign: bool, template: Path | None, feedback: Path | None) -> None:
    """Refuse what a form has no use for: nothing that is asked for is passed over."""
    if sign and form != "json":
        raise click.UsageError("--sign goes with json: no LMS reads a receipt")
    if template is not None and form not in _FILLED_IN:
        raise click.UsageError(f"--template goes with {', '.join(_FILLED_IN)}, not with {form}")
    if feedback is not None and form not in _TAKE_REPORTS:
        raise click.UsageError(f"--feedback goes with {', '.join(_TAKE_REPORTS)}, not with {form}")


def _table(path: Path) -> str:
    """Return the table of an LMS, to the last sign; UsageError where it cannot be read."""
    from grader.errors import UsageError

    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "check the path") from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path} is not in UTF-8",
            "export it from the LMS once more, or save it as CSV in UTF-8",
        ) from error


def _terms_now(terms: "Terms", out: Path, named: str) -> "Terms":
    """Return the terms with the policy that an assignment has now."""
    from grader.assignment.find import find_assignment
    from grader.batch.terms import terms_of
    from grader.errors import UsageError

    found = find_assignment(out, named, os.environ, Path.cwd())
    if found.slug != terms.slug:
        raise UsageError(
            f"{out} holds a batch of {terms.slug}, not of {found.slug}", "name that assignment"
        )
    return terms_of(found, terms.deadline)


def _tell_blank(left_out: "Iterable[str]", marks: "Iterable[Marked]") -> None:
    from grader.exports.inert import one_line

    blank = (f"{mark.student}: not graded" for mark in marks if mark.final is None)
    for one in (*left_out, *blank):
        click.echo(f"left blank or out: {one_line(one)}", err=True)


def _sheet(form: str, marks: "Sequence[Marked]", title: str, given: str | None) -> "Sheet":
    from grader.exports import blackboard, brightspace, canvas, gradescope, moodle, nbgrader
    from grader.exports.spreadsheet import spreadsheet

    sheets: dict[str, Callable[[], Sheet]] = {
        "canvas": lambda: canvas.gradebook(marks, title, given),
        "moodle": lambda: moodle.worksheet(marks, given),
        "blackboard": lambda: blackboard.grades(marks, title, given),
        "brightspace": lambda: brightspace.grades(marks, title, given),
        "nbgrader": lambda: nbgrader.gradebook(marks, title),
        "gradescope": lambda: gradescope.results(marks),
        "csv": lambda: spreadsheet(marks),
    }
    return sheets[form]()


def _write_feedback(
    form: str, out: Path, archive: Path, marks: "Sequence[Marked]", given: str | None
) -> None:
    """Write the reports into a zip that the LMS takes back."""
    import zipfile

    from grader.exports import canvas, moodle

    files = canvas.feedback(marks) if form == "canvas" else moodle.feedback(marks, given)
    with whole(archive) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, report in files:
            packed.writestr(name, _report(out / report))


def _report(path: Path) -> bytes:
    from grader.errors import UsageError

    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"the report {path} cannot be read: {error.strerror}",
            "write it anew with `grader regrade --publish`",
        ) from error
