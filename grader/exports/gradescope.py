"""Marks as Gradescope's autograders write them. Pure.

Format: Gradescope, "Autograder specifications": results.json. All text is shown as text: neither
HTML, nor Markdown, nor ANSI is taken from a student's work. What was not graded has no score.
"""

import json
from collections.abc import Sequence

from grader.exports.exact import Account, Earned
from grader.exports.inert import log_lines, one_line
from grader.exports.marked import Marked, Sheet, comment
from grader.model import Scorecard

_NOT_GRADED = (
    "Your work has arrived, but it could not be graded this time. That is no fault of yours, and "
    "no mark: nothing was taken off. Please tell your course, or hand in again later."
)


def results(marks: Sequence[Marked]) -> Sheet:
    """Return a JSON object with what is the `results.json` of each student, by student."""
    found = {mark.student: _result(mark) for mark in marks}
    return Sheet(text=json.dumps(found, ensure_ascii=False, indent=1) + "\n")


def _result(mark: Marked) -> dict[str, object]:
    """Return a student's; what could not be graded has no score: it says why."""
    test: dict[str, object] = {"name": "points", "name_format": "text", "output_format": "text"}
    found: dict[str, object] = {"output": comment(mark), "output_format": "text", "tests": [test]}
    if mark.final is None:
        # A test without a score is information: no mark, and none that is 0.
        test |= {"name": "not graded", "output": mark.remark or "it could not be graded"}
    else:
        test |= {"score": float(mark.final), "max_score": float(mark.max_points)}
        found["score"] = float(mark.final)
    return found


def autograded(card: Scorecard, account: Account, told: str) -> str:
    """Return the `results.json` of one submission; `told` is what its student reads above all.

    Nothing in it is hidden: Gradescope would show no total beside a hidden test. What an
    autograder prints stays the instructor's.
    """
    if not card.is_complete:
        return ungraded()
    found = _shown(told) | {
        "score": card.points,
        "tests": [_test(one) for one in account.earned],
        "extra_data": {
            "assignment": card.assignment,
            "points_exact": card.points_exact,
            "sha256": card.submission.sha256,
            "key_id": card.key_id,
            "isolation": card.isolation.tier,
        },
    }
    return _json(found)


def ungraded(reason: str = _NOT_GRADED) -> str:
    """Return the `results.json` of what could not be graded: it says so, and has no score."""
    test = {"name": "not graded", "name_format": "text", "output_format": "text", "output": reason}
    return _json(_shown(reason) | {"tests": [test]})


def unreadable(message: str, hint: str) -> str:
    """Return the `results.json` of what a student can put right."""
    said = f"Your work could not be graded: {one_line(message)}."
    return ungraded(f"{said} What to do: {one_line(hint)}. This is no mark: please hand in again.")


def _shown(text: str) -> dict[str, object]:
    return {
        "output": "\n".join(log_lines(text)),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
    }


def _test(one: Earned) -> dict[str, object]:
    return {
        "name": one_line(f"{one.exercise}: {one.name}"),
        "name_format": "text",
        "score": float(one.points),
        "max_score": float(one.max_points),
        "status": "passed" if one.is_full else "failed",
        "output": one_line(one.reason, 1000),
        "output_format": "text",
        "visibility": "visible",
    }


def _json(found: dict[str, object]) -> str:
    return json.dumps(found, ensure_ascii=True, indent=1) + "\n"
