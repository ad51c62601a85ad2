"""What the author of an assignment runs: `new`, `validate` and `release`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.__about__ import VERSION
from grader.cli.common import FILE, UNGRADED, WORKFLOWS, cache
from grader.files import write_text

if TYPE_CHECKING:
    from grader.model import Soundness

_COLUMNS = 8


def _print_keys(context: click.Context, _: click.Parameter, is_asked: bool) -> None:  # noqa: FBT001
    if is_asked:
        from grader.author.keys import reference

        click.echo(reference())
        context.exit()


@click.command()
@click.argument("slug", metavar="SLUG")
@click.option("--to", type=FILE, default=".", metavar="FOLDER", help="The course's folder.")
@click.option(
    "--keys",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_keys,
    help="Describe every key of assignment.toml and mistakes.toml, and exit.",
)
def new(slug: str, to: Path) -> None:
    """Write a small assignment to begin with into assignments/SLUG and solutions/SLUG.

    It is sound as it is: change it step by step, and see by `grader validate` that it still is.
    """
    from grader.author.skeleton import free, skeleton

    files = skeleton(slug)
    free(to, files)
    for name, text in files.items():
        write_text(to / name, text)
        click.echo(f"  {to / name}")
    click.echo(f"Next: grader validate {to / 'assignments' / slug}")


@click.command()
@click.argument("assignment", metavar="ASSIGNMENT")
@click.option("--html", "page", type=FILE, metavar="OUT", help="Write the tables as a page.")
@click.pass_context
def validate(context: click.Context, assignment: str, page: Path | None) -> None:
    """Prove that ASSIGNMENT (a slug, or its folder) is sound; exit 4 where it is not.

    Every mistake is caught and told apart, mutants of the reference are caught, its derivatives
    agree with differences of its forward, right solutions of other kinds have all points.
    """
    from grader.assignment.find import find_assignment
    from grader.author.validate import validate as prove
    from grader.sandbox.host import keeper_for
    from grader.sandbox.paths import policy_for

    found = find_assignment(Path.cwd(), assignment, os.environ, Path.cwd())
    policy = policy_for(found.limits, found.packages)
    with keeper_for(policy, serves_author=True) as keeper:
        sound = prove(found, keeper, lambda: keeper_for(policy, serves_author=True), cache())
    _tell(sound)
    if page is not None:
        from grader.report.author import soundness

        write_text(page, soundness(sound))
        click.echo(f"Page: {page}")
    context.exit(0 if sound.holds else UNGRADED)


@click.command()
@click.argument("assignment", metavar="ASSIGNMENT")
@click.option("--out", "-o", type=FILE, required=True, metavar="KIT", help="Where the kit goes.")
@click.option(
    "--install",
    metavar="WHAT",
    default=f"ndgrader=={VERSION}",
    show_default=True,
    help="What students install: a wheel, its address, git+https://HOST/REPO@TAG, or a name.",
)
@click.option(
    "--workflow",
    type=click.Choice(WORKFLOWS),
    help="Put the workflow for a service in, too: feedback on each push.",
)
@click.option("--update", is_flag=True, help="Write over the kit's own files that are in KIT.")
def release(
    assignment: str,
    out: Path,
    install: str,
    workflow: str | None,
    update: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Write the kit of ASSIGNMENT (a slug, or its folder) that students get.

    With it `grader check` tries the public cases, names mistakes and shows counter-examples, and
    needs no solutions, no notebook and no cases.py. Where a number of a hidden case is found in it,
    nothing is written, and what was found and where is told. A wheel that is a file here goes with
    the kit.
    """
    from msgspec.structs import replace

    from grader.assignment.find import find_assignment
    from grader.author.kit import make_kit, write_kit
    from grader.push.initial import BESIDE, initial, source
    from grader.sandbox.host import keeper_for
    from grader.sandbox.paths import policy_for

    grader = source(install)
    found = find_assignment(Path.cwd(), assignment, os.environ, Path.cwd())
    more = initial(workflow, found, grader) if workflow else grader.files(f"{BESIDE}/")
    policy = policy_for(found.limits, found.packages)
    told = grader.within(f"./{BESIDE}")
    kit = make_kit(found, told, lambda: keeper_for(policy, serves_author=True), cache())
    kit = replace(kit, files=kit.files | more)
    write_kit(kit, out, update=update)
    click.echo(
        f"{found.title}: {kit.cases} public cases, {kit.small} small inputs, what "
        f"{kit.mistakes} mistakes answer.\n"
        f"Nothing hidden is in it: looked for {kit.numbers} numbers and {kit.runs} runs of numbers."
    )
    for name in kit.files:
        click.echo(f"  {out / name}")
    if workflow is None:
        services = ", ".join(WORKFLOWS)
        click.echo(f"For feedback on each push, too: --workflow with one of {services}.")


def _tell(sound: "Soundness") -> None:
    for case, number in zip(sound.cases, range(len(sound.cases)), strict=True):
        end = "\n" if number % _COLUMNS == _COLUMNS - 1 else "  "
        click.echo(f"{number:>2} {case.id:<22}", nl=False)
        click.echo(end, nl=False)
    click.echo("\n")
    tens = "".join(str(i // 10) if i % 10 == 0 else " " for i in range(len(sound.cases)))
    if sound.rows:
        click.echo(f"{'caught by case':<44} {tens}  named")
    for row in sound.rows:
        marks = "".join("#" if caught else "·" for caught in row.caught)
        click.echo(f"{row.module:<44} {marks}  {', '.join(row.named)}")
    click.echo()
    for check in sound.checks:
        click.echo(f"{'✓' if check.holds else '✗'} {check.title}: {check.told}".rstrip(": "))
        for failure in check.failures:
            shown = f":\n{failure.diff}\n" if failure.diff else ": "
            told = f"{failure.message}{shown}{failure.hint}"
            click.echo("    " + told.replace("\n", "\n    "))
    click.echo(f"{sound.title} is {'sound' if sound.holds else 'NOT sound'}.")
