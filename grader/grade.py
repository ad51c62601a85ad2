"""One submission, the whole way, on one screen.

file -> Submission -> [wall: definitions -> steps -> arrays] -> Outcomes -> Verdicts -> Scorecard
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from grader import __about__
from grader.assignment.casebook import all_cases, public_cases
from grader.assignment.key import Key
from grader.errors import SandboxError
from grader.judge.score import score
from grader.judge.verdict import judge
from grader.model import (
    Assignment,
    Case,
    Circumstances,
    Exhibit,
    Graded,
    Submission,
    Visibility,
)
from grader.sandbox import session
from grader.sandbox.keeper import Keeper, keeper_for
from grader.sandbox.probe import LAYERS, STRONG, isolation_of, reaches, try_out


def prepare(
    assignment: Assignment,
    key: Key | None,
    cache: Path | None,
    keeper: Keeper,
    lowest: str = STRONG,
) -> Callable[[Submission], Graded]:
    """Return what grades submissions of an assignment: officially by a key, else in practice.

    Without a key, the public cases alone are run. With one, SandboxError where this host isolates
    student code less than `lowest` asks for.
    """
    isolation = isolation_of(try_out(keeper))
    if key is not None and not reaches(isolation.tier, lowest):
        missing = ", ".join(layer for layer in LAYERS if layer not in isolation.layers)
        raise SandboxError(
            f"this host isolates student code only in the tier {isolation.tier!r} "
            f"(missing: {missing}), and hidden cases are not run below {lowest!r}",
            "run `grader doctor`: it says how to get there; or accept it with "
            f"--accept-isolation {isolation.tier}, and every result will say so",
        )

    def author() -> Keeper:
        return keeper_for(keeper.policy, serves_author=True)

    if key is None:
        cases = public_cases(assignment, author, cache)
    else:
        cases = all_cases(assignment, key, author, cache)
    circumstances = Circumstances(
        isolation=isolation,
        key_id=key.id if key is not None else None,
        versions=_versions(assignment, keeper),
    )
    return lambda submission: grade(submission, assignment, cases, keeper, circumstances)


def grade(
    submission: Submission,
    assignment: Assignment,
    cases: Sequence[Case],
    keeper: Keeper,
    circumstances: Circumstances,
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
        circumstances,
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
