"""What a CI job runs: the submission of a checkout, graded and written for the service."""

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
    isolation_option,
    key_options,
    lang_option,
    told_in,
)

if TYPE_CHECKING:
    from grader.model import Assignment

_NOT_PASSED = 1
_SERVICES = ("github", "classroom50", "gitlab", "gitea", "forgejo", "gradescope", "none")


@click.command()
@click.argument("checkout", type=FILE, default=".")
@click.option("--pass-mark", type=click.FloatRange(0, 100), help="Exit 1 below this percentage.")
@click.option("--service", "named", type=click.Choice(_SERVICES), help="Default: as found here.")
@click.option("--junit", "junit_", type=FILE, default="grader-junit.xml", show_default=True)
@click.option("--report", type=FILE, default="grader-report.html", show_default=True)
@click.option("--public", is_flag=True, help="Run the public cases alone: no key is needed.")
@lang_option
@isolation_option
@key_options
@assignment_option
@click.pass_context
def ci(  # noqa: PLR0913, PLR0917 - one parameter per option
    context: click.Context,
    checkout: Path,
    pass_mark: float | None,
    named: str | None,
    junit_: Path,
    report: Path,
    public: bool,  # noqa: FBT001 - click passes it by name
    lang: str | None,
    accept_isolation: str,
    new_key: bool,  # noqa: FBT001
    assignment: str | None,
) -> None:
    """Find the submission in CHECKOUT, grade it, and write what the service here shows."""
    from grader.assignment.find import find_assignment
    from grader.cli.desk import Desk, demand_named
    from grader.exports.services import Service, service
    from grader.submission.read import read_submission

    on = Service(named) if named else service(os.environ)
    with Desk(on, checkout, os.environ) as desk:
        demand_named(on, assignment)
        key = None if public else course_key(new_key=new_key)
        found = told_in(find_assignment(checkout, assignment, os.environ, Path.cwd()), lang)
        desk.demand_apart(found)
        path = find_submission(desk.submitted, found)
        submission = read_submission(path, found.files)
        with bench(found, key, accept_isolation) as grade_one:
            graded = grade_one(submission)
        desk.write(graded, path, junit_, report)
    card = graded.scorecard
    if not card.is_complete:
        context.exit(UNGRADED)
    share = 100 * card.points / card.max_points if card.max_points else 0.0
    marked = pass_mark is not None and on is not Service.CLASSROOM50  # there, it means "broken"
    context.exit(_NOT_PASSED if marked and share < (pass_mark or 0) else 0)


def find_submission(checkout: Path, assignment: "Assignment") -> Path:
    """Return the submission of a checkout: what .grader.toml names, or the assignment's file."""
    from grader.assignment.find import find_settings
    from grader.errors import SubmissionError

    found = find_settings(checkout)
    if found is not None and found[0].submission is not None:
        return _inside(found[1], found[0].submission)
    if checkout.is_file():
        return checkout
    stems = {Path(name).stem for name in assignment.files}
    candidates = [
        path
        for path in sorted(checkout.rglob("*"))
        if path.stem in stems and path.suffix in (".py", ".ipynb") and not _aside(path, checkout)
    ]
    shallow = min((len(path.parts) for path in candidates), default=0)
    best = [path for path in candidates if len(path.parts) == shallow]
    if len(best) == 1:
        return best[0]
    listed = ", ".join(str(path.relative_to(checkout)) for path in best) or "none"
    raise SubmissionError(
        f"there is no one submission in {checkout}: {listed}",
        f'call it {assignment.files[0]}, or write submission = "path" into .grader.toml',
    )


def _inside(folder: Path, name: str) -> Path:
    """Return a path in a folder; a student who names another one hands in another's work."""
    from grader.errors import SubmissionError

    path = folder / name
    if path.resolve().is_relative_to(folder.resolve()):
        return path
    raise SubmissionError(
        f"the submission that .grader.toml names is not beside it: {name}",
        "name a file or a folder of the checkout, and no link out of it",
    )


def _aside(path: Path, checkout: Path) -> bool:
    """Tell whether a file is in a folder that is not a student's own work."""
    parts = path.relative_to(checkout).parts[:-1]
    return any(part.startswith(".") or part in ("assignments", "solutions") for part in parts)
