"""What an instructor runs: `batch` for a whole class, `export` for what an LMS takes back."""

import os
from contextlib import contextmanager
from fractions import Fraction
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
    from collections.abc import Callable, Iterator, Sequence

    from grader.assignment.key import Key
    from grader.batch.ledger import Ledger, Line, Result
    from grader.batch.roster import Attempt, Roster
    from grader.exports.marked import Marked, Sheet
    from grader.model import Assignment, Graded, Submission

_KEPT = b"kept"
_LAYOUTS = ("canvas", "moodle", "blackboard", "brightspace", "nbgrader", "folder")
_FORMATS = ("canvas", "moodle", "blackboard", "brightspace", "nbgrader", "gradescope", "json")


@click.command()
@click.argument("folder", type=FILE)
@click.option("--out", "-o", type=FILE, metavar="OUT", help="Where results go.")
@click.option("--layout", type=click.Choice(_LAYOUTS), help="How FOLDER is laid out.")
@click.option("--deadline", metavar="TIME", help="What came later is late: 2026-01-31T23:59.")
@click.option("--all-attempts", is_flag=True, help="Grade every attempt, not the latest alone.")
@click.option("--dry-run", is_flag=True, help="Say who handed in what, and grade nothing.")
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
    all_attempts: bool,  # noqa: FBT001 - click passes it by name
    dry_run: bool,  # noqa: FBT001
    accept_isolation: str,
    new_key: bool,  # noqa: FBT001
    assignment: str | None,
) -> None:
    """Grade a class: FOLDER or a .zip, as an LMS packs it, or with a file or folder per student.

    Into the same OUT again, only what is new, changed or unfinished is graded.
    """
    from grader.__about__ import VERSION
    from grader.assignment.find import find_assignment
    from grader.batch.ledger import Ledger, follows_from
    from grader.batch.roster import choose, mark_late, roster

    if out is None and not dry_run:
        raise click.UsageError("name a folder for the results: --out OUT")
    with roster(folder, layout) as found:
        attempts = choose(found.attempts, "all" if all_attempts else "latest")
        attempts = mark_late(attempts, deadline) if deadline else attempts
        _tell_roster(found, attempts, in_full=dry_run)
        if dry_run or out is None:
            return
        key = course_key(new_key=new_key)
        about = find_assignment(folder, assignment, os.environ, Path.cwd())
        follows = follows_from(about, key.id, VERSION)
        with bench(about, key, accept_isolation):  # cases are made and kept, the wall is tried
            pass
        with Ledger(out) as ledger:
            office = _Office(about, key, accept_isolation, out, attempts, ledger, follows)
            with click.progressbar(length=len(attempts), label="grading") as bar:
                for _ in office.results():
                    bar.update(1)
            lines = tuple(ledger.lines())
    ungraded = _write_class(about, out, lines)
    click.echo(f"{len(lines)} submissions, {len(ungraded)} of them not graded in full.")
    if office.kept:
        click.echo(f"{office.kept} of them were graded before, and are as they were.")
    for line in ungraded:
        click.echo(f"  {line}", err=True)
    click.echo(f"Reports: {out / 'index.html'}\nGrades:  {out / 'grades.csv'}")
    context.exit(UNGRADED if ungraded else 0)


def _tell_roster(found: "Roster", attempts: "Sequence[Attempt]", *, in_full: bool) -> None:
    from grader.report.clean import clean

    if in_full:
        for one in attempts:
            late = ", late" if one.late else ""
            told = one.refused or f"{Path(one.path).name}{late}"
            click.echo(f"{clean(one.student, 80)}  {clean(one.name, 80)}: {clean(told, 200)}")
    for strange in found.not_understood:
        click.echo(f"not understood: {clean(strange, 300)}", err=True)
    if in_full or found.layout != "folder":
        students = len({one.student for one in attempts})
        click.echo(f"{students} students, {len(attempts)} attempts, laid out as {found.layout}.")


class _Office:
    """Has attempts graded by workers, and writes each result down when its files are there."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a class is graded with
        self,
        assignment: "Assignment",
        key: "Key",
        lowest: str,
        out: Path,
        attempts: "Sequence[Attempt]",
        ledger: "Ledger",
        follows: str,
    ) -> None:
        self.assignment = assignment
        self.key = key
        self.lowest = lowest
        self.out = out
        self.attempts = attempts
        self.ledger = ledger
        self.follows = follows
        self.numbers = [ledger.enter(attempt) for attempt in attempts]
        self.finished = [ledger.finished(attempt, follows) for attempt in attempts]
        self.kept = 0

    def results(self) -> "Iterator[Attempt]":
        """Yield each attempt when its result is recorded, or is the one of before."""
        import msgspec

        from grader.batch.ledger import Result
        from grader.batch.pool import cores, done_by

        for task, answer in done_by(self.workplace, len(self.attempts), cores()):
            attempt = self.attempts[task]
            if answer is None:
                result = _refused("the worker that graded it was lost: run the batch once more")
                self.ledger.record(attempt, "", "", result)
            elif answer == _KEPT:
                self.kept += 1
            else:
                sha256, written = msgspec.json.decode(answer, type=tuple[str, Result])
                self.ledger.record(attempt, sha256, self.follows if sha256 else "", written)
            yield attempt

    @contextmanager
    def workplace(self) -> "Iterator[Callable[[int], bytes]]":
        """Make ready, in a worker, to grade attempts by their number."""
        self.ledger.leave()
        with bench(self.assignment, self.key, self.lowest) as grade_one:
            yield lambda task: self.graded(task, grade_one)

    def graded(self, task: int, grade_one: "Callable[[Submission], Graded]") -> bytes:
        """Grade an attempt, unless it was before; one that fails stops nothing."""
        import logging

        import msgspec

        from grader.errors import SubmissionError

        attempt, sha256 = self.attempts[task], ""
        try:
            submission = attempt.read(self.assignment.files)
            if submission.sha256 == self.finished[task]:
                return _KEPT
            graded = grade_one(submission)
            sha256 = submission.sha256
            result = self._files(graded, attempt, self.numbers[task])
        except SubmissionError as error:
            result = _refused(f"{error.message}; {error.hint}")
        except Exception:
            logging.getLogger("grader").exception("grading %s failed", attempt.student)
            result = _refused("a bug in the grader: see the log")
        return msgspec.json.encode([sha256, result])

    def _files(self, graded: "Graded", attempt: "Attempt", number: int) -> "Result":
        """Write a report and a scorecard; return what the ledger keeps of them."""
        from grader.batch.ledger import Result
        from grader.exports.canonical import canonical
        from grader.report.html import report
        from grader.report.view import page

        shown, card = page(graded), graded.scorecard
        name = f"{number:05d}-{_safe(attempt.student)}"
        write_text(self.out / "reports" / f"{name}.html", report(graded))
        write_bytes(self.out / "scorecards" / f"{name}.json", canonical(card))
        complete = is_complete(graded)
        return Result(
            submission=shown.name,
            points=card.points_exact if complete else None,
            max_points=str(sum(one.points for one in self.assignment.exercises)),
            remark=shown.first if complete else f"{shown.ungraded} cases could not be run",
            scorecard=canonical(card).decode(),
            report=f"reports/{name}.html",
        )


def _refused(reason: str) -> "Result":
    from grader.batch.ledger import Result
    from grader.report.clean import clean

    return Result("", None, "0", clean(reason, 500), None, None)


def _write_class(assignment: "Assignment", out: Path, lines: "Sequence[Line]") -> list[str]:
    """Write the table and the page of the class; return who could not be graded, and why."""
    import msgspec

    from grader.exports.table import grades
    from grader.model import Scorecard
    from grader.report.clean import clean
    from grader.report.html import IndexRow, index

    rows, entries, ungraded = [], [], []
    for line in lines:
        found, student = line.result, clean(line.student, 200)
        if found is None:
            continue
        if found.points is None:
            ungraded.append(f"{student}: {clean(found.remark, 500)}")
        card = None
        if found.points is not None and found.scorecard is not None:
            card = msgspec.json.decode(found.scorecard, type=Scorecard)
        rows.append((student, found.submission, card, found.remark))
        points = None if line.points is None else float(line.points)
        remark = clean(found.remark, 500)
        most = float(Fraction(found.max_points))
        entries.append(IndexRow(student, found.submission, points, most, remark, found.report))
    titles = [exercise.id for exercise in assignment.exercises]
    write_text(out / "grades.csv", grades(assignment.slug, titles, rows))
    write_text(out / "index.html", index(assignment.title, entries))
    return ungraded


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


def _safe(name: str) -> str:
    """Return a file name that means nothing to any shell, browser or file system."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in name)[:60]
