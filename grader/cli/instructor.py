"""What an instructor runs for a whole class: `batch`."""

import os
from functools import cache, partial
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
    lang_option,
    told_in,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from grader.assignment.casebook import Drawn
    from grader.batch.roster import Attempt, Roster
    from grader.model import Assignment, Policy

_LAYOUTS = ("canvas", "moodle", "blackboard", "brightspace", "nbgrader", "folder", "git")


@click.command()
@click.argument("folder", type=FILE)
@click.option("--out", "-o", type=FILE, metavar="OUT", help="Where results go.")
@click.option("--layout", type=click.Choice(_LAYOUTS), help="How FOLDER is laid out.")
@click.option(
    "--deadline",
    metavar="TIME",
    help="What came later is late: 2026-01-31T23:59+01:00. By default the policy's deadline.",
)
@click.option(
    "--attempts",
    "which",
    type=click.Choice(["latest", "best", "all"]),
    help="Which are graded; for best, all. By default those that the policy counts.",
)
@click.option("--dry-run", is_flag=True, help="Say who handed in what, and grade nothing.")
@click.option(
    "--cluster", metavar="ADDRESS", help="Grade on a Dask cluster: tls://HOST:8786, or local."
)
@lang_option
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
    which: Literal["latest", "best", "all"] | None,
    dry_run: bool,  # noqa: FBT001 - click passes it by name
    cluster: str | None,
    lang: str | None,
    accept_isolation: str,
    new_key: bool,  # noqa: FBT001
    assignment: str | None,
) -> None:
    """Grade a class: FOLDER or a .zip, as an LMS packs it, or with a file or folder per student.

    Or a .csv of git repositories, with columns student and repository, and if need be branch, path
    and name: of each, the last commit until the deadline, by the time that the commit claims.

    Into the same OUT again, only what is new, changed or unfinished is graded.
    """
    from grader.assignment.kit import refuse_kit
    from grader.batch.roster import choose, mark_late
    from grader.cli.place import place_to_work
    from grader.cli.progress import track
    from grader.model import Policy

    if out is None and not dry_run:
        raise click.UsageError("name a folder for the results: --out OUT")
    about = _assignment(folder, assignment, needed=not dry_run)
    policy = about.policy if about is not None else Policy()
    limit = deadline or policy.deadline
    slug = about.slug if about is not None else None
    with _handed_in(folder, layout, _until(limit, policy), slug, out) as found:
        attempts = choose(found.attempts, which or policy.counts)
        _tell_roster(found, mark_late(attempts, limit) if limit else attempts, in_full=dry_run)
        if limit:
            _tell_unknown_times(attempts)
        if dry_run or out is None or about is None:
            return
        refuse_kit(about)
        about = told_in(about, lang)
        key = course_key(new_key=new_key)
        record = partial(_of_record, out, about.slug, key.id)
        with place_to_work(about, key, accept_isolation, record, cluster) as (place, cases):
            # Heavy: what is above starts the server for student code, which boots meanwhile.
            from grader.__about__ import VERSION
            from grader.assignment.casebook import drawn_inputs
            from grader.batch.kept import About
            from grader.batch.ledger import Ledger, follows_from
            from grader.batch.office import Office
            from grader.batch.overview import write_class
            from grader.batch.terms import terms_of

            with Ledger(out) as ledger:
                told = About(about.slug, about.folder, key.id, about.reader)
                ledger.describe(told, drawn_inputs(about, cases))
                ledger.agree(terms_of(about, deadline))
                follows = follows_from(about, key.id, VERSION)
                office = Office(about, place, out, attempts, ledger, follows)
                for _ in track(office.results(), len(attempts), "graded"):
                    pass
                count, ungraded = write_class(out, ledger)
    click.echo(f"{count} submissions, {len(ungraded)} of them not graded in full.")
    if office.kept:
        click.echo(f"{office.kept} of them were graded before, and are as they were.")
    for line in ungraded:
        click.echo(f"  {line}", err=True)
    click.echo(f"Reports: {out / 'index.html'}\nGrades:  {out / 'grades.csv'}")
    context.exit(UNGRADED if ungraded else 0)


@cache
def _of_record(out: Path, slug: str, key_id: str) -> "Mapping[str, Drawn]":
    """Return the inputs that a class in OUT was graded on before; once, for all its workers."""
    from grader.batch.kept import inputs_of_record
    from grader.batch.tables import LEDGER

    return inputs_of_record(out / LEDGER, slug, key_id)


def _assignment(folder: Path, named: str | None, *, needed: bool) -> "Assignment | None":
    """Return the assignment; where it is not needed, None if there is none."""
    from grader.assignment.find import find_assignment
    from grader.errors import UsageError

    try:
        return find_assignment(folder, named, os.environ, Path.cwd())
    except UsageError:
        if needed or named:
            raise
        return None


def _until(deadline: str | None, policy: "Policy") -> str | None:
    """Return when the days of grace end, if there is a deadline."""
    from datetime import timedelta

    from grader.batch.roster import time_limit

    if deadline is None:
        return None
    return (time_limit(deadline) + timedelta(days=float(policy.grace))).isoformat()


def _handed_in(
    folder: Path, layout: str | None, until: str | None, slug: str | None, out: Path | None
) -> "AbstractContextManager[Roster]":
    """Read who handed in what: of repositories, until a time; of several assignments, for one."""
    from grader.batch.repositories import is_list, repositories
    from grader.batch.roster import roster
    from grader.cli.progress import track

    def follow(fetched: "Iterable[Attempt]", total: int) -> "Iterator[Attempt]":
        return track(fetched, total, "fetched")

    if is_list(folder, layout):
        return repositories(folder, until, follow)
    return roster(folder, layout, slug, out)


def _tell_unknown_times(attempts: "Sequence[Attempt]") -> None:
    unknown = sum(one.received_at is None and one.refused is None for one in attempts)
    if unknown:
        told = f"When {unknown} of {len(attempts)} attempts came is not told"
        click.echo(f"{told}: of those, only what the LMS calls late is late.", err=True)


def _tell_roster(found: "Roster", attempts: "Sequence[Attempt]", *, in_full: bool) -> None:
    from grader.exports.inert import one_line

    if in_full:
        for one in attempts:
            commit = one.ids.get("commit", "") if found.layout == "git" else ""
            at, late = f" at {commit[:12]}" if commit else "", ", late" if one.late else ""
            told = one.refused or f"{Path(one.path).name}{at}{late}"
            click.echo(
                f"{one_line(one.student, 80)}  {one_line(one.name, 80)}: {one_line(told, 200)}"
            )
    for strange in found.not_understood:
        click.echo(f"not understood: {one_line(strange, 300)}", err=True)
    if in_full or found.layout != "folder":
        students = len({one.student for one in attempts})
        click.echo(f"{students} students, {len(attempts)} attempts, laid out as {found.layout}.")
