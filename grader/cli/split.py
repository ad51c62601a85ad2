"""A grading in three places: `draw` where the key is, `collect` where code runs, `judge` again."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.common import (
    FILE,
    UNGRADED,
    assignment_option,
    cache,
    course_key,
    isolation_option,
    lang_option,
    told_in,
)
from grader.cli.receipts import receipt_option

if TYPE_CHECKING:
    from grader.model import Assignment, SubmissionId
    from grader.split.draw import Run

_MOST = 1 << 28  # bytes of a file


@click.command()
@click.argument("file", type=FILE)
@click.option("--out", "-o", type=FILE, required=True, metavar="DRAW", help="Where it is written.")
@assignment_option
def draw(file: Path, out: Path, assignment: str | None) -> None:
    """Draw a run for the submission FILE, where the course key is: what it will be asked.

    DRAW holds hidden inputs of this run alone, and nothing that answers are judged by. Nobody but
    `grader collect` should see it before it has run, and nobody can use it for another run. The
    notebook's rows are in it, and the same in each run, unless the assignment says otherwise.
    """
    from grader.assignment.find import find_apart
    from grader.cli.student import read
    from grader.files import OWNER_ALONE, write_bytes
    from grader.split.draw import identity, new_nonce

    about = find_apart(file, assignment, os.environ, Path.cwd())
    submission = read(file, about, None)
    run = _drawn(about, new_nonce(), identity(submission))
    write_bytes(out, run.draw.sealed(), OWNER_ALONE)
    asked = len(run.draw.public) + len(run.draw.hidden)
    click.echo(f"Run {run.draw.nonce} of {about.slug}, {asked} cases: {out}")
    click.echo("It holds hidden inputs: hand it to `grader collect` alone.")


@click.command()
@click.argument("file", type=FILE)
@click.argument("draw_", type=FILE, metavar="DRAW")
@click.option("--out", "-o", type=FILE, required=True, metavar="ANSWERS", help="Where they go.")
@isolation_option
def collect(file: Path, draw_: Path, out: Path, accept_isolation: str) -> None:
    """Have the submission FILE answer what DRAW asks, behind the wall: nothing is judged.

    No key, no assignment and no network is needed. ANSWERS are what came out of FILE's own code,
    as bytes; what they are worth, `grader judge` says.
    """
    from grader.files import write_bytes
    from grader.sandbox.host import keeper_for
    from grader.sandbox.paths import policy_for
    from grader.split.collect import collected
    from grader.split.draw import digest_of, opened_draw
    from grader.submission.read import read_submission

    data = _read(draw_)
    asked = opened_draw(data)
    submission = read_submission(file, asked.files)
    with keeper_for(policy_for(asked.limits, asked.packages)) as keeper:
        found = collected(asked, digest_of(data), submission, keeper, accept_isolation)
    write_bytes(out, found.sealed())
    click.echo(
        f"Run {asked.nonce}, {len(found.answers)} answers, tier {found.isolation.tier}: {out}"
    )


@click.command()
@click.argument("file", type=FILE)
@click.argument("draw_", type=FILE, metavar="DRAW")
@click.argument("answers", type=FILE)
@click.option("--report", type=FILE, metavar="OUT.html", help="Where the feedback page goes.")
@click.option("--json", "json_", type=FILE, metavar="OUT", help="Write the scorecard; - prints it.")
@click.option("--junit", "junit_", type=FILE, metavar="OUT", help="Write JUnit XML.")
@receipt_option
@lang_option
@isolation_option
@assignment_option
@click.pass_context
def judge(  # noqa: PLR0913, PLR0917 - one parameter per option
    context: click.Context,
    file: Path,
    draw_: Path,
    answers: Path,
    report: Path | None,
    json_: Path | None,
    junit_: Path | None,
    receipt: Path | None,
    lang: str | None,
    accept_isolation: str,
    assignment: str | None,
) -> None:
    """Judge the ANSWERS of the submission FILE to DRAW, where the course key is.

    FILE and DRAW are as they were for `grader draw`. No student code is run here. ANSWERS to
    another run, of another submission, or with any byte changed are refused. That they fit does not
    show whose code made them, nor in which tier: whoever collects can forge answers, never marks.
    """
    from grader.assignment.find import find_apart
    from grader.cli.receipts import write_receipt
    from grader.cli.student import read, stem, tell_all
    from grader.errors import SubmissionError
    from grader.grade import demand
    from grader.split.draw import digest_of, identity, opened_draw
    from grader.split.judge import Unfit, check_drawn_here, fitting, judged
    from grader.wording import readers_language

    about = find_apart(file, assignment, os.environ, Path.cwd())
    about = told_in(about, lang or readers_language(os.environ))
    submission = read(file, about, None)
    data = _read(draw_)
    asked = opened_draw(data)
    asked.check_for(about, identity(submission))
    found = fitting(_read(answers), asked, digest_of(data))
    if isinstance(found, Unfit):
        raise SubmissionError(found.why, "collect the answers to this run, and hand them on whole")
    demand(found.isolation, accept_isolation)
    run = _drawn(about, asked.nonce, asked.submission)
    check_drawn_here(run, asked)
    graded = judged(about, submission, run, found)
    tell_all(graded, report or Path(f"{stem(file)}.report.html"), json_, junit_)
    write_receipt(graded.scorecard, receipt)
    context.exit(0 if graded.scorecard.is_complete else UNGRADED)


def _drawn(about: "Assignment", nonce: str, submission: "SubmissionId") -> "Run":
    """Draw a run by the course key."""
    from grader.sandbox.host import keeper_for
    from grader.sandbox.keeper import Keeper
    from grader.sandbox.paths import policy_for
    from grader.split.draw import drawn_run

    def author() -> Keeper:
        return keeper_for(policy_for(about.limits, about.packages), serves_author=True)

    key = course_key(new_key=False)
    return drawn_run(about, key, nonce, submission, author, cache())


def _read(path: Path) -> bytes:
    """Read a file that may be anything; UsageError where it cannot be read, or is too large."""
    from grader.errors import UsageError

    try:
        with path.open("rb") as file:
            data = file.read(_MOST + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "check the path") from error
    if len(data) > _MOST:
        raise UsageError(f"{path} has more than {_MOST >> 20} MB", "give the file that was written")
    return data
