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
    tell,
    told_in,
)
from grader.files import write_bytes, write_text

if TYPE_CHECKING:
    from grader.model import Assignment

_NOT_PASSED = 1


@click.command()
@click.argument("checkout", type=FILE, default=".")
@click.option("--pass-mark", type=click.FloatRange(0, 100), help="Exit 1 below this percentage.")
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
    junit_: Path,
    report: Path,
    public: bool,  # noqa: FBT001 - click passes it by name
    lang: str | None,
    accept_isolation: str,
    new_key: bool,  # noqa: FBT001
    assignment: str | None,
) -> None:
    """Find the submission in CHECKOUT, grade it, write JUnit, a report and a job summary."""
    from grader.assignment.find import find_assignment
    from grader.exports.canonical import canonical
    from grader.exports.github import step_summary
    from grader.exports.junit import junit
    from grader.report.html import report as page
    from grader.submission.read import read_submission

    key = None if public else course_key(new_key=new_key)
    found = told_in(find_assignment(checkout, assignment, os.environ, Path.cwd()), lang)
    submission = read_submission(find_submission(checkout, found), found.files)
    with bench(found, key, accept_isolation) as grade_one:
        graded = grade_one(submission)
    write_bytes(junit_, junit(graded.scorecard))
    write_text(report, page(graded))
    write_bytes(junit_.with_suffix(".json"), canonical(graded.scorecard))
    told = os.environ.get("GITHUB_STEP_SUMMARY")
    if told:
        with Path(told).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(step_summary(graded.scorecard))
    tell(graded)
    if not graded.scorecard.is_complete:
        context.exit(UNGRADED)
    card = graded.scorecard
    share = 100 * card.points / card.max_points if card.max_points else 0.0
    context.exit(_NOT_PASSED if pass_mark is not None and share < pass_mark else 0)


def find_submission(checkout: Path, assignment: "Assignment") -> Path:
    """Return the submission of a checkout: what .grader.toml names, or the assignment's file."""
    from grader.assignment.find import find_settings
    from grader.errors import UsageError

    found = find_settings(checkout)
    if found is not None and found[0].submission is not None:
        return found[1] / found[0].submission
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
    raise UsageError(
        f"there is no one submission in {checkout}: {listed}",
        f'call it {assignment.files[0]}, or write submission = "path" into .grader.toml',
    )


def _aside(path: Path, checkout: Path) -> bool:
    """Tell whether a file is in a folder that is not a student's own work."""
    parts = path.relative_to(checkout).parts[:-1]
    return any(part.startswith(".") or part in ("assignments", "solutions") for part in parts)
