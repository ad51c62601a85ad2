"""What whoever runs a grading host asks: `doctor` and `selftest`."""

import os
from pathlib import Path

import click

from grader.cli.common import FILE

_FAILED = 1


@click.command()
def doctor() -> None:
    """Say how much of the wall this host puts up, tried just now."""
    from grader.model import Limits
    from grader.sandbox.advice import situation
    from grader.sandbox.keeper import Keeper
    from grader.sandbox.paths import policy_for
    from grader.sandbox.probe import STRONG, isolation_of, reaches, try_out

    where, advice = situation(os.environ)
    with Keeper(policy_for(Limits())) as keeper:
        findings = try_out(keeper)
        told = keeper.versions
    found = isolation_of(findings)
    click.echo(f"On {where}, Python {told['python']}, numpy {told['numpy']}: tier {found.tier}")
    for finding in findings:
        sign = "✓" if finding.holds else "✗"
        verb = "cannot" if finding.holds else "CAN"
        click.echo(f"  {sign} {finding.layer:<11} student code {verb} {finding.what}")
        if not finding.holds:
            click.echo(f"      {finding.why}")
            if finding.layer in advice:
                click.echo(f"      Next: {advice[finding.layer]}")
    if reaches(found.tier, STRONG):
        click.echo("Official grading is open: hidden cases are run in the tiers strong and full.")
    else:
        click.echo("Official grading is closed: hidden cases are not run below the tier strong.")


@click.command()
@click.argument("corpus", type=FILE, required=False)
@click.pass_context
def selftest(context: click.Context, corpus: Path | None) -> None:
    """Attack this host with the corpus of attacks; exit 1 if one gets through."""
    from grader.sandbox.selftest import attack_all, corpus_folder, load_attacks

    attacks = load_attacks(corpus or corpus_folder())
    results = attack_all(attacks)
    for result in results:
        sign = "✓" if result.held else "✗"
        click.echo(
            f"{sign} {result.attack.name:<28} {result.attack.what}: "
            f"expected {result.attack.expect}, {result.happened}"
        )
    through = [result for result in results if not result.held]
    click.echo(f"{len(results)} attacks, {len(through)} got through.")
    context.exit(_FAILED if through else 0)
