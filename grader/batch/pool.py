"""A class, one submission after another: each result as it is had; one failure stops nothing."""

import logging
from collections.abc import Callable, Iterator, Sequence

from grader.batch.roster import Entry
from grader.errors import SubmissionError
from grader.model import Graded, Record, Submission

_log = logging.getLogger("grader")


class Ungraded(Record, frozen=True):
    """Why an entry has no result."""

    reason: str


def grade_all(
    entries: Sequence[Entry], wanted: tuple[str, ...], grade: Callable[[Submission], Graded]
) -> Iterator[tuple[Entry, Graded | Ungraded]]:
    """Yield each entry with its result, in order."""
    for entry in entries:
        try:
            yield entry, grade(entry.read(wanted))
        except SubmissionError as error:
            yield entry, Ungraded(reason=f"{error.message}; {error.hint}")
        except Exception:  # noqa: BLE001 - a bug of ours on one submission must not cost the others
            _log.exception("grading %s failed", entry.student)
            yield entry, Ungraded(reason="a bug in the grader: see the log")
