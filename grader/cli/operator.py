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
    from grader.sandbox.host import keeper_for
    from grader.sandbox.paths import policy_for
    from grader.sandbox.probe import STRONG, isolation_of, reaches, try_out

    where, advice = situation(os.environ)
    with keeper_for(policy_for(Limits())) as keeper:
        findings = try_out(keeper)
        made_with = keeper.versions
    found = isolation_of(findings)
    click.echo(
        f"On {where}, Python {made_with['python']}, numpy {made_with['numpy']}: tier {found.tier}"
    )
    for finding in findings:
        told = f"student code {'cannot' if finding.holds else 'CAN'} {finding.what}"
        click.echo(f"  {'✓' if finding.holds else '✗'} {finding.layer:<11} {told}")
        if not finding.holds:
            click.echo(f"      {finding.why}")
            click.echo(f"      Next: {advice.get(finding.layer, 'grade on Linux')}")
    if reaches(found.tier, STRONG):
        click.echo("Official grading is open: hidden cases are run in the tiers strong and full.")
    else:
        click.echo("Official grading is closed: hidden cases are not run below the tier strong.")


@click.command()
@click.argument("corpus", type=FILE, required=False)
@click.pass_context
def selftest(context: click.Context, corpus: Path | None) -> None:
    """Attack this host with the corpus of attacks; exit 1 if one gets through."""
    from grader.sandbox.probe import STRONG, reaches
    from grader.sandbox.selftest import attack_all, corpus_folder, load_attacks

    attacks = load_attacks(corpus or corpus_folder())
    isolation, results = attack_all(attacks)
    through, undefended = 0, 0
    for result in results:
        through += not result.held and result.defended
        undefended += not result.held and not result.defended
        sign = "✓" if result.held else "✗" if result.defended else "~"
        told = f"expected {result.attack.expect}, {result.happened}"
        if sign == "~":
            told += f" (no layer {result.attack.layer!r} on this host)"
        click.echo(f"{sign} {result.attack.name:<28} {result.attack.what}: {told}")
    click.echo(f"{len(attacks)} attacks, {through} got through; tier {isolation.tier}.")
    if undefended:
        click.echo(f"{undefended} more are open for want of a layer: run `grader doctor`.")
    context.exit(_FAILED if through or not reaches(isolation.tier, STRONG) else 0)
