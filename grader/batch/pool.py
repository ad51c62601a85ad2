"""One attempt after another: one failure stops nothing."""

import logging
from collections.abc import Callable

from grader.batch.roster import Attempt
from grader.errors import SubmissionError
from grader.model import Graded, Record, Submission

_log = logging.getLogger("grader")


class Ungraded(Record, frozen=True):
    """Why an attempt has no result."""

    reason: str


def attempted(
    attempt: Attempt, submission: Submission, grade: Callable[[Submission], Graded]
) -> Graded | Ungraded:
    """Return the result of grading an attempt, or why there is none."""
    try:
        return grade(submission)
    except SubmissionError as error:
        return Ungraded(reason=f"{error.message}; {error.hint}")
    except Exception:  # noqa: BLE001 - a bug of ours on one submission must not cost the others
        _log.exception("grading %s failed", attempt.student)
        return Ungraded(reason="a bug in the grader: see the log")
