"""From a ledger to marks: which attempt counts, and what is told of all. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from typing import Literal, TypeAlias

import msgspec

from grader.batch.ledger import Line
from grader.exports.marked import Marked

Counts: TypeAlias = Literal["latest", "best"]
_NONE = Fraction(-1)


def counting(lines: Iterable[Line], which: Counts) -> Iterator[Line]:
    """Yield the attempt of each student that counts; of equally good ones, the first."""
    for _, own in groupby(lines, key=lambda line: line.student):
        attempts = list(own)
        yield attempts[-1] if which == "latest" else max(attempts, key=_worth)


def _worth(line: Line) -> tuple[Fraction, int]:
    return (_NONE if line.points is None else line.points, -line.number)


def marked(lines: Sequence[Line]) -> tuple[Marked, ...]:
    """Return marks for an export; what could not be graded has none."""
    return tuple(
        Marked(
            student=line.student,
            name=line.name,
            ids=line.ids,
            raw=line.points,
            final=line.points,
            max_points=Fraction(line.result.max_points if line.result else 0),
            late=line.late,
            remark=line.result.remark if line.result else "not graded yet",
            report=line.result.report if line.result else None,
        )
        for line in lines
    )


def dump(lines: Sequence[Line]) -> bytes:
    """Return the canonical dump of a ledger: by student and attempt, without times or places."""
    rows = [
        {
            "student": line.student,
            "attempt": line.number,
            "name": line.name,
            "late": line.late,
            "points": line.result.points if line.result else None,
            "scorecard": msgspec.json.decode(line.result.scorecard)
            if line.result and line.result.scorecard
            else None,
            "remark": line.result.remark if line.result else "not graded yet",
        }
        for line in lines
    ]
    return msgspec.json.format(msgspec.json.encode(rows), indent=1) + b"\n"
