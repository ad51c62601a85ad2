"""What is written of a class as a whole: its table and its page."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import msgspec

from grader.batch.ledger import Line
from grader.exports.table import grades
from grader.files import write_text
from grader.model import Assignment, Scorecard
from grader.report.clean import clean
from grader.report.html import IndexRow, index


def write_class(assignment: Assignment, out: Path, lines: Sequence[Line]) -> list[str]:
    """Write the table and the page of the class; return who could not be graded, and why."""
    rows, entries, ungraded = [], [], []
    for line in lines:
        found, student = line.result, clean(line.student, 200)
        if found is None:
            continue
        if found.points is None:
            ungraded.append(f"{student}: {clean(found.remark, 500)}")
        card = None
        if found.points is not None and found.scorecard is not None:
            card = msgspec.json.decode(found.scorecard, type=Scorecard)
        rows.append((student, found.submission, card, found.remark))
        points = None if line.points is None else float(line.points)
        remark = clean(found.remark, 500)
        most = float(Fraction(found.max_points))
        entries.append(IndexRow(student, found.submission, points, most, remark, found.report))
    titles = [exercise.id for exercise in assignment.exercises]
    write_text(out / "grades.csv", grades(assignment.slug, titles, rows))
    write_text(out / "index.html", index(assignment.title, entries))
    return ungraded
