"""Receipts on the command line: `verify`, and what the commands share that sign."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from grader.cli.common import FILE, home

if TYPE_CHECKING:
    from grader.exports.receipt import Row
    from grader.model import Scorecard

_NOT_GENUINE = 1
_F = TypeVar("_F", bound=Callable[..., Any])


def receipt_option(function: _F) -> _F:
    """Add --receipt."""
    return click.option(
        "--receipt", type=FILE, metavar="OUT", help="Write the scorecard signed; see `verify`."
    )(function)


def write_receipt(scorecard: "Scorecard", path: Path | None) -> None:
    """Write the receipt of a scorecard, where one is asked for."""
    from grader.exports.receipt import row_of

    if path is not None:
        write_receipts([row_of(scorecard)], path)


def write_receipts(rows: "Sequence[Row]", path: Path) -> None:
    """Sign rows and write the file of their receipts; say by which key."""
    from grader.errors import UsageError
    from grader.exports.receipt import public_half, signed
    from grader.exports.signer import find_signer
    from grader.files import write_bytes

    if not rows:
        raise UsageError("there is no result to sign", "grade something first")
    signer = find_signer(os.environ, home())
    write_bytes(path, signed(rows, signer.seed))
    if signer.origin.startswith("made"):
        click.echo(
            f"The signing key was {signer.origin}. Keep it, and show it to nobody.", err=True
        )
    click.echo(f"Signed by {public_half(signer.seed)}: {path}", err=True)


@click.command()
@click.argument("file", type=FILE)
@click.option("--signer", metavar="KEY", help="The public key, by default that of your own one.")
@click.pass_context
def verify(context: click.Context, file: Path, signer: str | None) -> None:
    """Say whether the receipts in FILE are genuine, and what each was made from; exit 1 if not.

    They are written by `grade --receipt`, `judge --receipt` and `export json --sign`, which say by
    which KEY: publish it, and whoever has a receipt can verify it.
    """
    from grader.exports.receipt import Forged, verified

    trusted = _trusted(signer)
    found = verified(_read(file), trusted)
    if isinstance(found, Forged):
        click.echo(f"Not genuine: {found.why}.")
        context.exit(_NOT_GENUINE)
    count = len(found)
    click.echo(f"Genuine: {count} receipt{'' if count == 1 else 's'}, signed by {trusted}")
    for row in found:
        for line in _told(row):
            click.echo(line)


def _trusted(signer: str | None) -> str:
    """Return the public key that counts: the one that is told, or that of the key that is here."""
    from grader.errors import UsageError
    from grader.exports.receipt import public_half
    from grader.exports.signer import digits, known_signer

    if signer is not None:
        return digits(signer, "--signer").hex()
    own = known_signer(os.environ, home())
    if own is None:
        raise UsageError(
            "whose receipts these should be is not known: there is no signing key here",
            "give the public key that your course has published: --signer KEY",
        )
    return public_half(own.seed)


def _read(path: Path) -> bytes:
    from grader.errors import UsageError

    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "check the path") from error


def _told(row: "Row") -> "Sequence[str]":
    """Say whose result a row is, and what it was made from."""
    import msgspec

    from grader.model import Scorecard
    from grader.report.clean import clean

    found = row.get("scorecard")
    if found is None:
        return [f"{clean(str(row.get('student')), 80)}: not graded"]
    try:
        card = msgspec.convert(found, Scorecard)
    except msgspec.ValidationError:
        return ["a scorecard of another version of grader: verify it by that one to see more"]
    attempt = f", attempt {row['attempt']}" if "attempt" in row else ""
    who = clean(str(row.get("student", card.submission.student)), 80)
    final = f", final mark {row['final']}" if row.get("final") is not None else ""
    made_with = ", ".join(f"{name} {card.versions[name]}" for name in sorted(card.versions))
    return [
        f"{who}{attempt}: {card.points:g} of {card.max_points:g}{final}",
        f"  of {clean(card.submission.name, 80)} (SHA-256 {card.submission.sha256})",
        f"  for {card.assignment}, inputs of the key {card.key_id}, tier {card.isolation.tier}",
        f"  by {clean(made_with, 300)}",
    ]
