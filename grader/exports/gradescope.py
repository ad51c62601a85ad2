"""Marks as Gradescope's autograders write them. Pure.

Format: Gradescope, "Autograder specifications": results.json.
"""

import json
from collections.abc import Sequence

from grader.exports.marked import Marked, Sheet, comment


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
