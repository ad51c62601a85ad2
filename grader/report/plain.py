"""The same where there is no terminal: a log, a file, a pipe. Pure: records in, lines out.

Sentences are not wrapped, nothing is coloured; and a grading whose output goes to a log is spared
rich.
"""

from collections.abc import Iterator

from grader.report.brief import Brief, Fix, Labels, Shown
from grader.report.grid import differs, grids

_ROOM = 78


def lines(brief: Brief) -> Iterator[str]:
    """Yield the summary of a graded submission, a line each."""
    yield brief.head
    yield brief.score
    for exercise in brief.exercises:
        yield f"{exercise.title}: {exercise.points}"
        for row in exercise.rows:
            told = f" - {row.remark}" if row.remark else ""
            yield f"  {row.sign} {row.word:<9} {row.name}: {row.points}{told}"
    if brief.fix is not None:
        yield from _fix(brief.fix, brief.labels)
    if brief.fine:
        yield brief.fine
    if brief.ungraded:
        yield brief.ungraded
    yield from brief.notes
    yield from brief.gains


def _fix(fix: Fix, labels: Labels) -> Iterator[str]:
    yield f"{labels.first} {fix.what}"
    yield from (f"  {line}" for line in (fix.hint, fix.place) if line)
    if fix.shown is not None:
        yield from (f"  {line}" for line in example(fix.shown, labels, _ROOM))


def example(shown: Shown, labels: Labels, room: int) -> Iterator[str]:
    """Yield a counter-example: arrays in `room` columns, sentences as long as they are."""
    yield from (line for line in (shown.title, shown.error) if line)
    if shown.numbers or shown.given:
        yield f"{labels.given}: {shown.numbers}".rstrip()
        yield from (f"  {line}" for line in grids(shown.given, room - 2, labels))
    for pair in shown.pairs:
        yield from pair.said
        yield from (f"  {line}" for line in grids(pair.tables, room - 2, labels))
    if any(differs(pair.tables) for pair in shown.pairs):
        yield labels.legend
