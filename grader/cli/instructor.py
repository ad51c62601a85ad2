"""What an instructor runs: `batch` for a whole class, `export` for what an LMS takes back."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from grader.cli.common import (
    FILE,
    UNGRADED,
    assignment_option,
    course_key,
    isolation_option,
    key_options,
)
from grader.files import write_bytes, write_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from grader.batch.roster import Attempt, Roster
    from grader.exports.marked import Marked, Sheet

_LAYOUTS = ("canvas", "moodle", "blackboard", "brightspace", "nbgrader", "folder", "git")
_FORMATS = ("canvas", "moodle", "blackboard", "brightspace", "nbgrader", "gradescope", "json")


@click.command()
@click.argument("folder", type=FILE)
@click.option("--out", "-o", type=FILE, metavar="OUT", help="Where results go.")
@click.option("--layout", type=click.Choice(_LAYOUTS), help="How FOLDER is laid out.")
@click.option("--deadline", metavar="TIME", help="What came later is late: 2026-01-31T23:59+01:00.")
@click.option(
    "--attempts",
    "which",
    type=click.Choice(["latest", "best", "all"]),
    default="latest",
    show_default=True,
    help="Which are graded: for best, all; `export --best` then counts it.",
)
@click.option("--dry-run", is_flag=True, help="Say who handed in what, and grade nothing.")
@click.option(
    "--cluster", metavar="ADDRESS", help="Grade on a Dask cluster: tls://HOST:8786, or local."
)
@isolation_option
@key_options
@assignment_option
@click.pass_context
def batch(  # noqa: PLR0913, PLR0917 - one parameter per option
    context: click.Context,
    folder: Path,
    out: Path | None,
    layout: str | None,
    deadline: str | None,
    which: Literal["latest", "best", "all"],
    dry_run: bool,  # noqa: FBT001 - click passes it by name
    cluster: str | None,
    accept_isolation: str,
    new_key: bool,  # noqa: FBT001
    assignment: str | None,
) -> None:
    """Grade a class: FOLDER or a .zip, as an LMS packs it, or with a file or folder per student.

    Or a .csv of git repositories, with columns student and repository, and if need be branch, path
    and name: of each, the last commit until the deadline, by the time that the commit claims.

    Into the same OUT again, only what is new, changed or unfinished is graded.
    """
    from grader.__about__ import VERSION
    from grader.assignment.casebook import drawn_inputs
    from grader.assignment.find import find_assignment
    from grader.batch.kept import About, inputs_of_record
    from grader.batch.ledger import LEDGER, Ledger, follows_from
    from grader.batch.office import Office
    from grader.batch.overview import write_class
    from grader.batch.roster import choose, mark_late
    from grader.cli.place import place_to_work
    from grader.cli.progress import track

    if out is None and not dry_run:
        raise click.UsageError("name a folder for the results: --out OUT")
    with _handed_in(folder, layout, deadline) as found:
        attempts = choose(found.attempts, which)
        attempts = mark_late(attempts, deadline) if deadline else attempts
        _tell_roster(found, attempts, in_full=dry_run)
        if dry_run or out is None:
            return
        key = course_key(new_key=new_key)
        about = find_assignment(folder, assignment, os.environ, Path.cwd())
        follows = follows_from(about, key.id, VERSION)
        record = inputs_of_record(out / LEDGER, about.slug, key.id)
        with (
            place_to_work(about, key, accept_isolation, record, cluster) as (place, cases),
            Ledger(out) as ledger,
        ):
            ledger.describe(About(about.slug, about.folder, key.id), drawn_inputs(about, cases))
            office = Office(about, place, out, attempts, ledger, follows)
            for _ in track(office.results(), len(attempts), "graded"):
                pass
            count, ungraded = write_class(about, out, ledger.lines)
    click.echo(f"{count} submissions, {len(ungraded)} of them not graded in full.")
    if office.kept:
        click.echo(f"{office.kept} of them were graded before, and are as they were.")
    for line in ungraded:
        click.echo(f"  {line}", err=True)
    click.echo(f"Reports: {out / 'index.html'}\nGrades:  {out / 'grades.csv'}")
    context.exit(UNGRADED if ungraded else 0)


def _handed_in(
    folder: Path, layout: str | None, deadline: str | None
) -> "AbstractContextManager[Roster]":
    from grader.batch.repositories import is_list, repositories
    from grader.batch.roster import roster
    from grader.cli.progress import track

    def follow(fetched: "Iterable[Attempt]", total: int) -> "Iterator[Attempt]":
        return track(fetched, total, "fetched")

    if is_list(folder, layout):
        return repositories(folder, deadline, follow)
    return roster(folder, layout)


def _tell_roster(found: "Roster", attempts: "Sequence[Attempt]", *, in_full: bool) -> None:
    from grader.report.clean import clean

    if in_full:
        for one in attempts:
            commit = one.ids.get("commit", "") if found.layout == "git" else ""
            at, late = f" at {commit[:12]}" if commit else "", ", late" if one.late else ""
            told = one.refused or f"{Path(one.path).name}{at}{late}"
            click.echo(f"{clean(one.student, 80)}  {clean(one.name, 80)}: {clean(told, 200)}")
    for strange in found.not_understood:
        click.echo(f"not understood: {clean(strange, 300)}", err=True)
    if in_full or found.layout != "folder":
        students = len({one.student for one in attempts})
        click.echo(f"{students} students, {len(attempts)} attempts, laid out as {found.layout}.")


@click.command()
@click.argument("form", type=click.Choice(_FORMATS), metavar="FORMAT")
@click.argument("out", type=FILE)
@click.option("--to", type=FILE, required=True, metavar="FILE", help="Where the export goes.")
@click.option("--title", default="", help="The assignment's name in the LMS.")
@click.option("--template", type=FILE, metavar="CSV", help="The LMS's own table, to be filled in.")
@click.option("--best", is_flag=True, help="The best attempt counts, not the latest.")
@click.option("--feedback", type=FILE, metavar="ZIP", help="Reports, as canvas and moodle take.")
def export(  # noqa: PLR0913, PLR0917 - one parameter per option
    form: str,
    out: Path,
    to: Path,
    title: str,
    template: Path | None,
    best: bool,  # noqa: FBT001 - click passes it by name
    feedback: Path | None,
) -> None:
    """Write the marks of a batch's OUT in a form that an LMS takes, or as canonical json.

    FORMAT is canvas, moodle, blackboard, brightspace, nbgrader, gradescope or json. What could not
    be graded is left blank and listed, never 0.
    """
    from grader.batch.ledger import read_ledger
    from grader.batch.marks import counting, dump, marked

    lines = read_ledger(out)
    if form == "json":
        write_bytes(to, dump(lines))
        return
    marks = marked(tuple(counting(lines, "best" if best else "latest")))
    given = template.read_text(encoding="utf-8-sig") if template is not None else None
    sheet = _sheet(form, marks, title or out.resolve().name, given)
    write_text(to, sheet.text)
    if feedback is not None:
        _write_feedback(form, out, feedback, marks, given)
    for note in sheet.notes:
        click.echo(note)
    for one in (*sheet.left_out, *(f"{m.student}: not graded" for m in marks if m.raw is None)):
        click.echo(f"left blank or out: {one}", err=True)
    click.echo(f"{len(marks)} students: {to}")


def _sheet(form: str, marks: "Sequence[Marked]", title: str, given: str | None) -> "Sheet":
    from grader.exports import blackboard, brightspace, canvas, gradescope, moodle, nbgrader
    from grader.exports.marked import Sheet

    match form:
        case "canvas":
            return canvas.gradebook(marks, title, given)
        case "moodle":
            return moodle.worksheet(marks, given)
        case "blackboard":
            return blackboard.grades(marks, title, given)
        case "brightspace":
            return brightspace.grades(marks, title, given)
        case "nbgrader":
            return nbgrader.gradebook(marks, title)
    return Sheet(text="".join(gradescope.results(mark) for mark in marks))


def _write_feedback(
    form: str, out: Path, archive: Path, marks: "Sequence[Marked]", given: str | None
) -> None:
    """Write the reports into a zip that the LMS takes back."""
    import zipfile

    from grader.errors import UsageError
    from grader.exports import canvas, moodle

    if form not in ("canvas", "moodle"):
        raise UsageError(f"{form} takes no feedback from a zip", "leave out --feedback")
    files = canvas.feedback(marks) if form == "canvas" else moodle.feedback(marks, given)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, report in files:
            packed.write(out / report, name)
