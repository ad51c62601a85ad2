"""What the instructor runs once for a service: `init`."""

import os
from pathlib import Path

import click

from grader.cli.common import FILE, WORKFLOWS, course_key

_GRADESCOPE = "gradescope"
_RECORDS = tuple(f"{one}-record" for one in WORKFLOWS)
_SERVICES = (*WORKFLOWS, *_RECORDS, "classroom50", _GRADESCOPE)


@click.command()
@click.argument("service", type=click.Choice(_SERVICES))
@click.option("--out", "-o", type=FILE, required=True, metavar="FOLDER", help="Where files go.")
@click.option(
    "--assignment",
    "-a",
    metavar="NAME",
    required=True,
    help="The assignment: a slug, or the folder of it or of its kit.",
)
@click.option(
    "--install",
    metavar="WHAT",
    required=True,
    help="What the grader is installed from: a wheel, its address, or git+https://HOST/REPO@TAG.",
)
@click.option("--update", is_flag=True, help="Write over files of these names in FOLDER.")
def init(
    service: str,
    out: Path,
    assignment: str,
    install: str,
    update: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Write what a course's repositories need so that SERVICE runs the grader.

    What a `-record` writes belongs into the course's own repository, and makes the mark of record
    in three jobs. All else goes to where students are; a wheel that is a file here goes with it.
    What is advice and what makes a mark is told in the comments of what is written.
    """
    from grader.assignment.find import find_assignment
    from grader.push.initial import gradescope, initial, source, write_initial

    grader = source(install)
    found = find_assignment(Path.cwd(), assignment, os.environ, Path.cwd())
    if service == _GRADESCOPE:
        files = gradescope(found, grader, course_key(new_key=False).secret)
    else:
        files = initial(service, found, grader)
    write_initial(files, out, update=update, is_secret=service == _GRADESCOPE)
    for name in files:
        click.echo(f"  {out / name}")
    if service == _GRADESCOPE:
        click.echo("It holds the course key, hidden cases and solutions: keep it to yourself.")
