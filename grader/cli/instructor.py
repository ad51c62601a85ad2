"""What an instructor runs: `batch` for a whole class."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.common import (
    FILE,
    UNGRADED,
    assignment_option,
    bench,
    course_key,
    is_complete,
    isolation_option,
    key_options,
    write_bytes,
    write_text,
)

if TYPE_CHECKING:
    from grader.batch.pool import Ungraded
    from grader.batch.roster import Entry
    from grader.model import Assignment, Graded, Scorecard
    from grader.report.html import IndexRow


@click.command()
@click.argument("folder", type=FILE)
@click.option("--out", "-o", type=FILE, required=True, metavar="OUT", help="Where results go.")
@isolation_option
@key_options
@assignment_option
@click.pass_context
def batch(  # noqa: PLR0913, PLR0917 - one parameter per option
    context: click.Context,
    folder: Path,
    out: Path,
    accept_isolation: str,
    new_key: bool,  # noqa: FBT001 - click passes it by name
    assignment: str | None,
) -> None:
    """Grade a class: FOLDER or a .zip with a file or folder per student."""
    from grader.assignment.find import find_assignment
    from grader.batch.pool import grade_all
    from grader.batch.roster import entries

    key = course_key(new_key=new_key)
    found = find_assignment(folder, assignment, os.environ, Path.cwd())
    results = _Results(found, out)
    with entries(folder) as roster, bench(found, key, accept_isolation) as grade_one:
        graded = grade_all(roster, found.files, grade_one)
        with click.progressbar(graded, length=len(roster), label="grading") as bar:
            for entry, result in bar:
                results.add(entry, result)
    results.finish()
    click.echo(f"{len(roster)} submissions, {len(results.incomplete)} of them not graded in full.")
    for line in results.incomplete:
        click.echo(f"  {line}", err=True)
    click.echo(f"Reports: {out / 'index.html'}\nGrades:  {out / 'grades.csv'}")
    context.exit(UNGRADED if results.incomplete else 0)


class _Results:
    """Writes each result as it comes; the pages of the class at the end."""

    def __init__(self, assignment: "Assignment", out: Path) -> None:
        self.assignment = assignment
        self.out = out
        self.rows: list[tuple[str, str, Scorecard | None, str]] = []
        self.index: list[IndexRow] = []
        self.incomplete: list[str] = []

    def add(self, entry: "Entry", result: "Graded | Ungraded") -> None:
        """Write one student's report."""
        from grader.batch.pool import Ungraded
        from grader.exports.canonical import canonical
        from grader.report.clean import clean
        from grader.report.html import IndexRow, report
        from grader.report.view import page

        student = clean(entry.student, 200)
        if isinstance(result, Ungraded):
            self.incomplete.append(f"{student}: {clean(result.reason, 500)}")
            row = IndexRow(student, "", None, 0.0, clean(result.reason, 500), None)
            self.index.append(row)
            self.rows.append((student, "", None, result.reason))
            return
        shown = page(result)
        name = f"{len(self.rows) + 1:05d}-{_safe(entry.student)}"
        write_text(self.out / "reports" / f"{name}.html", report(result))
        write_bytes(self.out / "scorecards" / f"{name}.json", canonical(result.scorecard))
        complete = is_complete(result)
        if not complete:
            self.incomplete.append(f"{student}: {shown.ungraded} cases could not be run")
        card = result.scorecard if complete else None
        points = result.scorecard.points if complete else None
        self.rows.append((student, shown.name, card, shown.first))
        self.index.append(
            IndexRow(
                student, shown.name, points, shown.max_points, shown.first, f"reports/{name}.html"
            )
        )

    def finish(self) -> None:
        """Write the table and the page of the class."""
        from grader.exports.table import grades
        from grader.report.html import index

        titles = [exercise.id for exercise in self.assignment.exercises]
        table = grades(self.assignment.slug, titles, self.rows)
        write_text(self.out / "grades.csv", table)
        write_text(self.out / "index.html", index(self.assignment.title, self.index))


def _safe(name: str) -> str:
    """Return a file name that means nothing to any shell, browser or file system."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in name)[:60]
