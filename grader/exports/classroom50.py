"""A submission's result as Classroom 50 takes it from an autograder. Pure.

Format: foundation50/classroom50, "Advanced Autograding": classroom50/result/v1. Its scores are
whole numbers, so points are counted in parts of one: exactly, and in the same for a whole class.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from grader.errors import UsageError
from grader.exports.exact import Account, Earned
from grader.exports.inert import one_line
from grader.model import Record

_SCHEMA = "classroom50/result/v1"


class Run(Record, frozen=True):
    """What Classroom 50's runner says of a submission."""

    classroom: str
    assignment: str
    owner: str
    kind: str
    submission: str
    commit: str
    release: str
    review: str


def run_of(environ: Mapping[str, str]) -> Run:
    """Return what the runner says in an environment; UsageError where it says too little."""
    needed = ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL")
    missing = [name for name in needed if not environ.get(name)]
    if missing:
        raise UsageError(
            f"Classroom 50's runner sets {', '.join(missing)}, which is not there",
            "run it from an autograder.py, or name another --service",
        )
    classroom, assignment, submission, commit, release = (environ[name] for name in needed)
    return Run(
        classroom=classroom,
        assignment=assignment,
        owner=environ.get("OWNER") or environ.get("USERNAME") or "",
        kind=environ.get("ASSIGNMENT_TYPE") or "individual",
        submission=submission,
        commit=commit,
        release=release,
        review=environ.get("REVIEW_URL") or commit,
    )


def result(account: Account, run: Run, now: datetime) -> str:
    """Return `result.json`; the runner puts its own owner, kind and time over ours."""
    tests = [_test(one, account.denominator) for one in account.earned]
    found = {
        "schema": _SCHEMA,
        "classroom": run.classroom,
        "assignment": run.assignment,
        "assignment_type": run.kind,
        "owner": run.owner,
        "submission": run.submission,
        "commit": run.commit,
        "release": run.release,
        "review": run.review,
        "datetime": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": sum(one["score"] for one in tests),
        "max-score": sum(one["max-score"] for one in tests),
        "tests": tests,
    }
    return json.dumps(found, ensure_ascii=True, indent=1) + "\n"


def _test(one: Earned, denominator: int) -> dict[str, Any]:
    found = {
        "test-name": one_line(f"{one.exercise}: {one.name}"),
        "passed": one.is_full,
        "score": _whole(one.points, denominator),
        "max-score": _whole(one.max_points, denominator),
    }
    return found if one.is_full else found | {"message": one_line(one.reason)}


def _whole(points: Fraction, denominator: int) -> int:
    """Return points in parts of one: there are no parts of parts."""
    return (points * denominator).numerator
