"""How far a long command is, on standard error: a bar on a terminal, else a line now and then."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

import click

_T = TypeVar("_T")
_SECONDS = 5.0
_LINES = 10
_REDRAWN = 0.1


def track(items: Iterable[_T], total: int, done: str) -> Iterator[_T]:
    """Yield `items`, of which there are `total`; each is `done` when it is had."""
    if total and sys.stderr.isatty():
        return _with_bar(items, total, done)
    return _with_lines(items, total, done)


def _with_bar(items: Iterable[_T], total: int, done: str) -> Iterator[_T]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (
        TextColumn(done),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
    )
    # No thread draws it: workers are forked meanwhile, and would inherit a lock it holds.
    bar = Progress(*columns, Remaining(), console=Console(stderr=True), auto_refresh=False)
    drawn = 0.0
    with bar:
        task = bar.add_task(done, total=total, pace="")
        bar.refresh()
        for item in items:
            speed = bar.tasks[task].speed
            bar.update(task, advance=1, pace=f"{speed:.1f}/s" if speed else "")
            if time.monotonic() - drawn > _REDRAWN:
                bar.refresh()
                drawn = time.monotonic()
            yield item
        bar.refresh()


def _with_lines(items: Iterable[_T], total: int, done: str) -> Iterator[_T]:
    """Tell after the first, after the last, and between them after a tenth that took a while."""
    started = told_at = time.monotonic()
    told = 0
    for count, item in enumerate(items, 1):
        now = time.monotonic()
        is_due = now - told_at >= _SECONDS and (count - told) * _LINES >= total
        if count < total and (count == 1 or is_due):
            # By what was done since the last line: what was kept from before took no time.
            pace = (count - told) / max(now - told_at, 1e-6)
            left = duration((total - count) / pace)
            click.echo(f"{done} {count} of {total}, {pace:.1f} a second, {left} left", err=True)
            told, told_at = count, now
        elif count == total:
            pace = total / max(now - started, 1e-6)
            took = duration(now - started)
            click.echo(f"{done} {count} of {total} in {took}, {pace:.1f} a second", err=True)
        yield item


def duration(seconds: float) -> str:
    """Return a time in words, to two figures or so."""
    if seconds < 100:  # noqa: PLR2004 - then minutes say it better
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"  # noqa: PLR2004
