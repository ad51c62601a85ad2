"""What is written of a class as a whole: its table and its page."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.batch.cohort import Tally, card_of, entry
from grader.batch.ledger import Ledger, Line, Result
from grader.batch.marks import settled
from grader.exports.inert import one_line
from grader.exports.marked import Marked
from grader.exports.table import ClassRow, grades
from grader.files import clear_parts, write_parts
from grader.report.clean import clean
from grader.report.cohort import index


def write_class(out: Path, ledger: Ledger) -> tuple[int, list[str]]:
    """Write the table and the page of the class; return its size, and who is not graded and why.

    The ledger is gone through twice, and never held: a class may be large. What a batch that was
    killed had not written to its end is taken away.
    """
    for folder in (out, out / "reports", out / "scorecards"):
        clear_parts(folder)
    terms, adjustments = ledger.terms(), ledger.adjustments()

    def done() -> Iterator[tuple[Marked, Result]]:
        return _done(settled(ledger.lines(), terms, adjustments))

    tally = Tally()
    rows = _counted(done(), tally)
    write_parts(out / "grades.csv", grades(terms.slug, terms.exercises, rows))
    found = tally.survey(terms)
    about, pairs = found.cohort, zip(done(), found.gaps, strict=True)
    entries = (entry(mark, result, gaps) for (mark, result), gaps in pairs)
    write_parts(out / "index.html", index(clean(terms.title, 200), about, entries))
    ungraded = [
        one_line(f"{who.student}: {one.reason}", 800)
        for one in about.refused
        for who in one.students
    ]
    return len(ledger.attempts()), sorted(ungraded)


def _done(pairs: Iterable[tuple[Line, Marked]]) -> Iterator[tuple[Marked, Result]]:
    return ((mark, line.result) for line, mark in pairs if line.result is not None)


def _counted(pairs: Iterable[tuple[Marked, Result]], tally: Tally) -> Iterator[ClassRow]:
    """Yield the rows of the table, and take each attempt into the statistics on the way."""
    for mark, found in pairs:
        card = card_of(found)
        tally.add(mark, found, card)
        yield ClassRow(
            student=clean(mark.student, 200),
            submission=found.submission,
            card=card,
            final=mark.final if mark.counts else None,
            remark=mark.remark,
        )
