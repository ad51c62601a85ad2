"""A mark as Gradescope's autograders write it. Pure.

Format: Gradescope, "Autograder specifications": results.json.
"""

import json

from grader.exports.marked import Marked


def results(mark: Marked) -> str:
    """Return `results.json` of a student. What could not be graded has no score: it says why."""
    test: dict[str, object] = {"name": "points", "name_format": "text", "output_format": "text"}
    found: dict[str, object] = {"output": mark.remark, "output_format": "text", "tests": [test]}
    if mark.final is None:
        # A test without a score is information: no mark, and none that is 0.
        test |= {"name": "not graded", "output": mark.remark or "it could not be graded"}
    else:
        test |= {"score": float(mark.final), "max_score": float(mark.max_points)}
        found["score"] = float(mark.final)
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"
