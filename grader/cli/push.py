"""What whoever runs a git server has for a course: `hook install` and `worker`."""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.common import (
    FILE,
    UNGRADED,
    assignment_option,
    bench,
    course_key,
    home,
    isolation_option,
    lang_option,
    told_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager
    from socket import socket

    from grader.grade import Grader
    from grader.model import Assignment
    from grader.push.crew import Post
    from grader.push.queue import Pushed, Queue
    from grader.push.settings import Course
    from grader.push.work import Desk

_USAGE = 2
_MOST_SERVING = 4


@click.group()
def hook() -> None:
    """Grade what is pushed to a git server."""


@hook.command()
@click.argument("repositories", type=FILE, nargs=-1, required=True, metavar="REPO.git...")
@click.option("--out", "-o", type=FILE, required=True, metavar="OUT", help="Where results go.")
@click.option("--student", metavar="ID", help="Whose it is; by default as REPO.git is called.")
@click.option("--branch", default="", help="What is graded; by default what a clone checks out.")
@click.option(
    "--feedback/--no-feedback",
    default=True,
    help="Whether students get the reports of the official grading.",
)
@lang_option
@assignment_option
@click.pass_context
def install(  # noqa: PLR0913, PLR0917 - one parameter per option
    context: click.Context,
    repositories: tuple[Path, ...],
    out: Path,
    student: str | None,
    branch: str,
    feedback: bool,  # noqa: FBT001 - click passes it by name
    lang: str | None,
    assignment: str | None,
) -> None:
    """Give bare repositories, one for each student, the hooks of a course.

    All repositories of an OUT share an assignment and these options: the last ones hold.
    """
    from grader.assignment.find import find_assignment
    from grader.push.install import check_deadline
    from grader.push.queue import make_queue, queue_of
    from grader.push.settings import Course, keep_course

    if student is not None and len(repositories) > 1:
        raise click.UsageError("--student names whose one repository is: give one REPO.git")
    found = told_in(find_assignment(out, assignment, os.environ, Path.cwd()), lang)
    check_deadline(found)
    with bench(found, None) as grade_one:  # or the first who push would wait for it
        grade_one.explainer()
    out = out.resolve()
    make_queue(out)
    folder = str(Path(found.folder).resolve())
    keep_course(out, Course(folder, branch.removeprefix("refs/heads/"), found.reader, feedback))
    with queue_of(out) as queue:
        refused = sum(not _installed(one, student, out, queue) for one in repositories)
    click.echo(f"{len(repositories) - refused} of {len(repositories)} repositories are ready.")
    click.echo(f"What is pushed to them is graded by: grader worker {out}")
    context.exit(_USAGE if refused else 0)


def _installed(repository: Path, student: str | None, out: Path, queue: "Queue") -> bool:
    """Install the hooks of a repository, and tell; False where that cannot be done."""
    from grader.errors import GraderError
    from grader.push.install import install as put

    try:
        found = put(repository, student, out=out, home=home(), queue=queue)
    except GraderError as error:
        click.echo(f"{repository}: {error.message}\n  Next: {error.hint}", err=True)
        return False
    for theirs, ours in found.others:
        click.echo(
            f"{theirs} was there before and is left as it is: it does not call the grader.\n"
            f"  Next: let it run {ours}, with its own standard input; "
            "where that ends with another status than 0, let it do the same",
            err=True,
        )
    return not found.others


# --- what git runs --------------------------------------------------------------------------------


@hook.command("pre-receive", hidden=True)
@click.pass_context
def pre_receive(context: click.Context) -> None:
    """Refuse what cannot be handed in."""
    from grader.errors import SubmissionError
    from grader.push.hook import graded, safe_lines, updates
    from grader.push.install import REFUSED, incoming
    from grader.submission.bare import Bare, check_names, check_tree
    from grader.submission.git import GitError

    found = updates(sys.stdin.buffer.read())
    bare = Bare(Path.cwd(), incoming(os.environ))
    try:
        check_names(one.ref for one in found)
        update = graded(found, _course(bare.path)[2])
        if update is not None:
            check_tree(bare, update.new)
    except GitError:
        raise click.ClickException("git does not answer: the push is taken unseen") from None
    except SubmissionError as error:
        for line in safe_lines([f"Not taken: {error.message}.", f"  Next: {error.hint}"]):
            click.echo(line)
        context.exit(REFUSED)


@hook.command("post-receive", hidden=True)
def post_receive() -> None:
    """Enter what was pushed, and tell the pusher what comes of the public cases."""
    from grader.push.hook import graded, other_words, updates
    from grader.push.queue import Pushed, queue_of

    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # whoever hangs up has pushed all the same
    received = datetime.now(UTC)
    found = updates(sys.stdin.buffer.read())
    repository = Path.cwd()
    out, student, branch = _course(repository)
    update = graded(found, branch)
    if update is not None:
        moment = received.isoformat(timespec="microseconds")
        push = Pushed(str(repository), student, update.ref, update.new, moment)
        with queue_of(out) as queue:
            number = queue.enter(push)
        _say([f"Received {received:%Y-%m-%d %H:%M:%S} UTC as attempt {number} of {student}."])
    _say(other_words(found, branch))
    if update is not None:
        _say(_summary(out, push))
        _say(_what_follows(out))


def _course(repository: Path) -> tuple[Path, str, str]:
    """Return where a repository's course keeps its state, whose it is, and which branch counts."""
    from grader.push.settings import read_course, read_place
    from grader.submission.bare import Bare, default_branch

    place = read_place(repository)
    out = Path(place.out)
    return out, place.student, read_course(out).branch or default_branch(Bare(repository))


def _say(lines: "Iterable[str]") -> None:
    from grader.push.hook import safe_lines

    for line in safe_lines(lines):
        click.echo(line)
    sys.stdout.flush()


def _summary(out: Path, push: "Pushed") -> list[str]:
    """Return what comes of the public cases: from a worker that is warm, or by this process."""
    from grader.push.asking import PATIENCE, TOO_SLOW, TooSlow, asked

    try:
        told = asked(out, push, PATIENCE)
        return _by_itself(out, push) if told is None else told
    except TooSlow:
        return [TOO_SLOW]


def _by_itself(out: Path, push: "Pushed") -> list[str]:
    from grader.errors import GraderError
    from grader.push.asking import PATIENCE, limited
    from grader.push.feedback import feedback
    from grader.push.settings import read_course

    try:
        with limited(PATIENCE), bench(_assignment(read_course(out)), None) as grade_one:
            return feedback(push, grade_one)
    except GraderError as error:
        click.echo(f"no feedback for {push.student}: {error.message}; {error.hint}", err=True)
        return ["The public cases cannot be tried just now."]


def _what_follows(out: Path) -> list[str]:
    from grader.push.settings import read_course
    from grader.submission.bare import FEEDBACK

    if not read_course(out).feedback:
        return ["The official grading follows."]
    return [
        "The official grading follows. To see what came of it:",
        f"  git fetch origin {FEEDBACK} && git show FETCH_HEAD:summary.txt",
    ]


def _assignment(course: "Course") -> "Assignment":
    from grader.assignment.manifest import load_assignment

    return told_in(load_assignment(Path(course.assignment)), course.reader or None)


# --- the worker -----------------------------------------------------------------------------------


@click.command()
@click.argument("out", type=FILE)
@click.option("--once", is_flag=True, help="End when nothing is waiting.")
@click.option(
    "--processes", "-j", type=click.IntRange(1, 256), help="How many grade; by default one a core."
)
@click.option("--try-again", is_flag=True, help="Grade once more what could not be graded.")
@isolation_option
@click.pass_context
def worker(  # noqa: PLR0913, PLR0917 - one parameter per option
    context: click.Context,
    out: Path,
    once: bool,  # noqa: FBT001 - click passes it by name
    processes: int | None,
    try_again: bool,  # noqa: FBT001
    accept_isolation: str,
) -> None:
    """Grade officially what is pushed to the repositories of OUT, and wait for more.

    It may be ended at any moment, and several may work at once: each push is graded once. While it
    waits, it answers hooks, too, so that pushers are told within a second.
    """
    from grader.__about__ import VERSION
    from grader.batch.kept import inputs_of_record
    from grader.batch.ledger import follows_from
    from grader.batch.pool import cores
    from grader.batch.tables import LEDGER
    from grader.push.crew import keep_up
    from grader.push.install import check_deadline
    from grader.push.queue import queue_of
    from grader.push.settings import read_course
    from grader.push.work import Desk, catch_up, open_book

    out = out.resolve()
    course = read_course(out)
    about = _assignment(course)
    check_deadline(about)
    key = course_key(new_key=False)
    record = inputs_of_record(out / LEDGER, about.slug, key.id)

    def workplace() -> "AbstractContextManager[Grader]":
        return bench(about, key, accept_isolation, lambda: record)

    with workplace() as grade_one:  # cases are made and kept, the wall is tried
        open_book(out, about, key.id, grade_one)
    with queue_of(out) as queue:
        catch_up(queue, course.branch)
        if try_again:
            click.echo(f"{queue.try_again()} are tried again.")
    desk = Desk(out, follows_from(about, key.id, VERSION), course.feedback)
    grading = [_grading(desk, workplace, once=once)] * (processes or cores())
    if once:
        keep_up(grading)
        _tell_class(context, out)
        return
    _stay(out, grading, about)


def _grading(
    desk: "Desk", workplace: "Callable[[], AbstractContextManager[Grader]]", *, once: bool
) -> "Post":
    from grader.push.work import work_off

    def post(lifeline: int) -> None:
        with workplace() as grade_one:
            work_off(desk, grade_one, lifeline, click.echo, until_empty=once)

    return post


def _stay(out: Path, grading: "list[Post]", about: "Assignment") -> None:
    """Grade and answer hooks until interrupted, or told to end."""
    from grader.push.crew import keep_up
    from grader.push.feedback import listening

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with listening(out) as listener:
        posts = list(grading)
        if listener is not None:
            posts += [_answering(listener, about)] * min(len(grading), _MOST_SERVING)
        click.echo(f"Grading what is pushed; {out / 'index.html'} tells of it. Ctrl-C ends it.")
        try:
            keep_up(posts)
        except KeyboardInterrupt:
            click.echo("Ended; what waits is graded by the next one.")


def _answering(listener: "socket", about: "Assignment") -> "Post":
    from grader.push.feedback import serve

    def post(lifeline: int) -> None:
        with bench(about, None) as grade_one:
            serve(listener, grade_one, lifeline)

    return post


def _tell_class(context: click.Context, out: Path) -> None:
    from grader.batch.overview import write_class
    from grader.push.queue import queue_of
    from grader.push.work import held

    with held(out) as ledger:
        count, ungraded = write_class(out, ledger)
    with queue_of(out) as queue:
        left = len(queue.waiting())
    click.echo(f"{count} attempts, {len(ungraded)} of them not graded in full, {left} waiting.")
    for line in ungraded:
        click.echo(f"  {line}", err=True)
    click.echo(f"Reports: {out / 'index.html'}\nGrades:  {out / 'grades.csv'}")
    context.exit(UNGRADED if ungraded or left else 0)
