"""One submission, the whole way, on one screen.

file -> Submission -> [wall: definitions -> steps -> arrays] -> Outcomes -> Verdicts -> Scorecard
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from grader import __about__
from grader.assignment.casebook import all_cases, public_cases
from grader.assignment.key import Key
from grader.judge.score import score
from grader.judge.verdict import judge
from grader.model import (
    Assignment,
    Case,
    Exhibit,
    Graded,
    Submission,
    Visibility,
)
from grader.sandbox import session
from grader.sandbox.keeper import Keeper


def prepare(
    assignment: Assignment, key: Key | None, cache: Path | None, keeper: Keeper
) -> Callable[[Submission], Graded]:
    """Return what grades submissions of an assignment: officially by a key, else in practice.

    Without a key, the public cases alone are run.
    """

    def author() -> Keeper:
        return Keeper(keeper.policy, serves_author=True)

    if key is None:
        cases = public_cases(assignment, author, cache)
    else:
        cases = all_cases(assignment, key, author, cache)
    key_id = key.id if key is not None else None
    return lambda submission: grade(submission, assignment, cases, keeper, key_id)


def grade(
    submission: Submission,
    assignment: Assignment,
    cases: Sequence[Case],
    keeper: Keeper,
    key_id: str | None,
) -> Graded:
    """Run, judge and score a submission on `cases`, of which the public ones come first."""
    ran = session.run(keeper, submission, cases, assignment.limits)
    exercises = {exercise.id: exercise for exercise in assignment.exercises}
    verdicts = [
        judge(case, outcome, exercises[case.exercise], ran.extracted, assignment.shorter)
        for case, outcome in zip(cases, ran.outcomes, strict=True)
    ]
    scorecard = score(
        assignment,
        submission,
        cases,
        verdicts,
        ran.extracted,
        keeper.isolation,
        key_id,
        _versions(assignment, keeper),
    )
    exhibits = {
        case.id: Exhibit(case=case, outcome=outcome)
        for case, outcome in zip(cases, ran.outcomes, strict=True)
        if case.visibility is Visibility.PUBLIC
    }
    return Graded(
        assignment=assignment,
        submission=submission,
        scorecard=scorecard,
        exhibits=exhibits,
        extracted=ran.extracted,
        text=ran.text,
    )


def _versions(assignment: Assignment, keeper: Keeper) -> dict[str, str]:
    """Return what the result was made with."""
    return {"grader": __about__.VERSION, **keeper.versions, "assignment": assignment.digest}
