"""What an instructor runs when an assignment has changed: `regrade`; and `diff` of two batches."""

import os
from contextlib import contextmanager
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
    told_in,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from grader.assignment.key import Key
    from grader.batch.kept import About
    from grader.batch.ledger import Line
    from grader.batch.moves import Move
    from grader.batch.regrade import Regrade, Review
    from grader.grade import Grader
    from grader.model import Assignment


@click.command()
@click.argument("out", type=FILE)
@click.option("--publish", is_flag=True, help="Give everyone what they have now.")
@click.option("--keep-best", is_flag=True, help="Nobody loses: who would, stays as they are.")
@isolation_option
@assignment_option
@click.pass_context
def regrade(  # noqa: PLR0913, PLR0917 - one parameter per option
    context: click.Context,
    out: Path,
    publish: bool,  # noqa: FBT001 - click passes it by name
    keep_best: bool,  # noqa: FBT001
    accept_isolation: str,
    assignment: str | None,
) -> None:
    """Show whose score a changed assignment moves in a batch's OUT, by how much, and why.

    Nothing is published without --publish. What was answered before is judged anew; only cases that
    have changed are run. Inputs that were drawn stay as they were; a case whose `draw` has another
    name gets new ones.
    """
    from grader.__about__ import VERSION
    from grader.assignment.casebook import drawn_inputs
    from grader.batch.kept import About, inputs_of_record
    from grader.batch.ledger import Ledger, follows_from
    from grader.batch.overview import write_class
    from grader.batch.regrade import Publication, Regrade
    from grader.batch.tables import LEDGER
    from grader.batch.terms import terms_of

    kept, key = _graded_on(out), course_key(new_key=False)
    about = _assignment_of(kept, out, assignment, key)
    record = inputs_of_record(out / LEDGER, about.slug, key.id)

    def workplace() -> "AbstractContextManager[Grader]":
        return bench(about, key, accept_isolation, lambda: record)

    with workplace() as grade_one:  # cases are made and kept, the wall is tried
        inputs = drawn_inputs(about, grade_one.cases)
    with Ledger(out) as ledger:
        work = Regrade(workplace, out, ledger, keep_best=keep_best)
        if publish:
            follows = follows_from(about, key.id, VERSION)
            work = Publication(workplace, out, ledger, follows, keep_best=keep_best)
        ungraded = _tell_reviews(work)
        if publish:
            ledger.describe(About(about.slug, about.folder, key.id, about.reader), inputs)
            ledger.agree(terms_of(about, ledger.terms().deadline))
            write_class(out, ledger)
            click.echo(f"Published: {out / 'index.html'}, {out / 'grades.csv'}")
        else:
            click.echo("Nothing is published: that is what --publish is for.")
    context.exit(UNGRADED if ungraded else 0)


def _graded_on(out: Path) -> "About":
    """Return what a batch was graded on; UsageError where that is not known."""
    from contextlib import closing

    from grader.batch.kept import Archive
    from grader.batch.tables import ledger_of
    from grader.errors import UsageError

    with closing(Archive(ledger_of(out))) as archive:
        found = archive.about()
    if found is None:
        raise UsageError(
            f"the batch in {out} kept no answers that could be judged anew",
            "grade the class by `grader batch` once more, into the same folder",
        )
    return found


def _assignment_of(kept: "About", out: Path, named: str | None, key: "Key") -> "Assignment":
    """Return the assignment as it is now; UsageError where it or the key is another one."""
    from grader.assignment.find import find_assignment
    from grader.errors import UsageError

    if key.id != kept.key_id:
        raise UsageError(
            f"{out} was graded by another course key: its id is {kept.key_id}, yours {key.id}",
            "set GRADER_KEY to that key; what --new-key drew for one run cannot be regraded",
        )
    found = find_assignment(out, named or kept.folder, os.environ, Path.cwd())
    if found.slug != kept.slug:
        raise UsageError(
            f"{out} holds a batch of {kept.slug}, not of {found.slug}", "name that assignment"
        )
    return told_in(found, kept.reader or None)


def _tell_reviews(work: "Regrade") -> int:
    """Regrade, tell whose score moves and what it took; return how many could not be graded."""
    from grader.cli.progress import track

    reviews = sorted(
        track(work.reviews(), len(work.attempts), "regraded"),
        key=lambda review: (review.student, review.number),
    )
    _tell_moves(reviews)
    if any(review.elsewhere for review in reviews):
        click.echo("This host's wall or Python is another than it was: all is run again.")
    ran, known, tried = (
        sum(getattr(review, what) for review in reviews) for what in ("ran", "known", "tried")
    )
    click.echo(f"Cases run: {ran}; judged anew: {known}; further runs to explain: {tried}.")
    ungraded = [review for review in reviews if review.ungraded]
    for review in ungraded:
        click.echo(f"not graded: {_who(review)}: {review.ungraded}", err=True)
    return len(ungraded)


def _tell_moves(reviews: "Sequence[Review]") -> None:
    moved, down, stays = 0, 0, 0
    for review in reviews:
        if review.move is not None:
            _tell(review.move, _who(review), " (stays as it was)" if review.stays else "")
            moved, down, stays = moved + 1, down + review.move.is_down, stays + review.stays
    click.echo(f"{moved} of {len(reviews)} scores move, {down} of them down.")
    if stays:
        click.echo(f"{stays} of those stay as they were: --keep-best.")


@click.command()
@click.argument("out1", type=FILE)
@click.argument("out2", type=FILE)
@click.option("--best", is_flag=True, help="The best attempt counts, whatever the policy.")
def diff(out1: Path, out2: Path, best: bool) -> None:  # noqa: FBT001 - click passes it by name
    """Show whose score differs between two batches, by how much, and why."""
    from grader.batch.moves import move_of
    from grader.exports.inert import one_line

    alone, both, moved = [], 0, 0
    with _counting(out1, best=best) as before, _counting(out2, best=best) as after:
        for student, old, new in _side_by_side(before, after):
            who = one_line(student, 80)
            if old is None or new is None:
                alone.append(f"{who}: in {out2 if old is None else out1} alone")
                continue
            both += 1
            move = move_of(old.result, new.result)
            if move is not None:
                _tell(move, who)
                moved += 1
    for line in alone:
        click.echo(line)
    click.echo(f"{moved} of {both} scores differ.")


@contextmanager
def _counting(out: Path, *, best: bool) -> "Iterator[Iterator[Line]]":
    """Yield the attempts that count, by policy unless told otherwise, in the order of students."""
    from grader.batch.ledger import book_of
    from grader.batch.marks import settled

    with book_of(out) as book:
        terms = book.terms.with_counts("best") if best else book.terms
        pairs = settled(book.lines, terms, book.adjustments)
        yield (line for line, mark in pairs if mark.counts)


def _side_by_side(
    before: "Iterator[Line]", after: "Iterator[Line]"
) -> "Iterator[tuple[str, Line | None, Line | None]]":
    """Yield each student with what they have in either batch; neither is ever held."""
    old, new = next(before, None), next(after, None)
    while old is not None or new is not None:
        student = min(one.student for one in (old, new) if one is not None)
        here = old if old is not None and old.student == student else None
        there = new if new is not None and new.student == student else None
        yield student, here, there
        old = old if here is None else next(before, None)
        new = new if there is None else next(after, None)


def _who(review: "Review") -> str:
    from grader.exports.inert import one_line

    attempt = f", attempt {review.number}" if review.number > 1 else ""
    return f"{one_line(review.student, 80)}{attempt}"


def _tell(move: "Move", who: str, note: str = "") -> None:
    first, *reasons = move.told
    click.echo(f"{who}: {first}{note}")
    for reason in reasons:
        click.echo(f"  {reason}")
