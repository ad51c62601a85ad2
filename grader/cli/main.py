"""The command line: the group, and the one place where an error becomes a line and an exit code."""

import errno
import os
import sys
from pathlib import Path

import click

from grader.__about__ import VERSION
from grader.cli import (
    author,
    ci,
    init,
    instructor,
    marks,
    operator,
    push,
    receipts,
    regrade,
    split,
    student,
)
from grader.errors import GraderError, UsageError

_BUG, _INTERRUPTED = 3, 130
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)


class _Root(click.Group):
    """Runs a command; what goes wrong is told in words, never as a traceback."""

    def invoke(self, context: click.Context) -> object:
        try:
            return self._invoke(context)
        except GraderError as error:
            from grader.exports.inert import log_lines  # names of a student's files are told, too

            click.secho("\n".join(log_lines(f"Error: {error.message}")), fg="red", err=True)
            click.echo("\n".join(log_lines(f"  Next: {error.hint}")), err=True)
            context.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            context.exit(_INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception:  # noqa: BLE001 - the last resort: a bug is told as one
            click.secho(f"Error: a bug in grader. Its details are in {_log()}", fg="red", err=True)
            click.echo("  Next: report it with that file; your submission is untouched", err=True)
            context.exit(_BUG)

    def _invoke(self, context: click.Context) -> object:
        """Run a command and see to it that what it printed has arrived."""
        try:
            try:
                return super().invoke(context)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            if error.errno not in _FULL:
                raise
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or the exit would fail once more
            raise UsageError(
                f"standard output cannot be written: {error.strerror}", "make room for it"
            ) from error


def _log() -> Path:
    """Write the traceback of the error under way to a file of its own."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="grader-bug-", suffix=".log", delete=False, encoding="utf-8"
    ) as file:
        file.write(f"grader {VERSION}, Python {sys.version}\n\n{traceback.format_exc()}")
    return Path(file.name)


@click.group(cls=_Root, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="grader")
def cli() -> None:
    """Grade numerical-Python coursework against hidden cases, and say which mistake was made."""


for _command in (
    student.check, student.grade, instructor.batch, marks.export, marks.adjust, author.validate,
    ci.ci, regrade.regrade, regrade.diff, split.draw, split.collect, split.judge, receipts.verify,
    author.release, author.new, init.init, push.hook, push.worker, operator.doctor,
    operator.selftest,
):  # fmt: skip
    cli.add_command(_command)


def main() -> None:
    """Run the command line."""
    cli(prog_name="grader")
