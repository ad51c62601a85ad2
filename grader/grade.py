"""One submission, the whole way, on one screen.

file -> Submission -> [wall: definitions -> steps -> arrays] -> Outcomes -> Verdicts -> Scorecard

What fails is explained on the way, on public inputs, behind the same wall. What a submission is
known to answer is not run again.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from grader import __about__
from grader.assignment.casebook import Drawn, all_cases, public_cases
from grader.assignment.key import Key
from grader.errors import SandboxError
from grader.judge.failing import failing_outputs
from grader.judge.score import score
from grader.judge.verdict import judging
from grader.model import (
    Assignment,
    Case,
    Circumstances,
    Exhibit,
    Explained,
    Extracted,
    Graded,
    Outcome,
    Record,
    Submission,
    Verdict,
    Visibility,
)
from grader.sandbox.host import keeper_for
from grader.sandbox.keeper import Keeper
from grader.sandbox.memory import Memory
from grader.sandbox.probe import LAYERS, STRONG, isolation_of, reaches, try_out
from grader.sandbox.session import Conversation

if TYPE_CHECKING:
    from grader.explain import Explainer


def prepare(  # noqa: PLR0913, PLR0917 - what graders are made of
    assignment: Assignment,
    key: Key | None,
    cache: Path | None,
    keeper: Keeper,
    lowest: str = STRONG,
    record: Mapping[str, Drawn] | None = None,
) -> "Grader":
    """Return what grades submissions of an assignment: officially by a key, else in practice.

    Without a key, the public cases alone are run. With one, SandboxError where this host isolates
    student code less than `lowest` asks for. Inputs of `record` are not drawn again.
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
        cases = all_cases(assignment, key, author, cache, record)
    circumstances = Circumstances(
        isolation=isolation,
        key_id=key.id if key is not None else None,
        versions=_versions(assignment, keeper),
    )

    @lru_cache(maxsize=1)
    def explainer() -> "Explainer":
        """Make ready to explain when the first output fails: what is right pays nothing."""
        from grader.explain import explainer_of  # noqa: PLC0415

        return explainer_of(assignment, cases, author, cache)

    return Grader(assignment, cases, keeper, circumstances, judging(assignment), explainer)


class Grader(Record, frozen=True):
    """Grades submissions on `cases`; `memory` is what one is known to answer, and answers now."""

    assignment: Assignment
    cases: tuple[Case, ...]
    keeper: Keeper
    circumstances: Circumstances
    judge: Callable[[Case, Outcome, Extracted], Verdict]
    explainer: "Callable[[], Explainer]"

    def __call__(self, submission: Submission, memory: Memory | None = None) -> Graded:
        """Grade a submission."""
        bench = (self.keeper, self.circumstances, self.judge, self.explainer)
        return grade(submission, self.assignment, self.cases, *bench, memory or Memory())


def grade(  # noqa: PLR0913, PLR0917 - what a grading is made of
    submission: Submission,
    assignment: Assignment,
    cases: Sequence[Case],
    keeper: Keeper,
    circumstances: Circumstances,
    judge: Callable[[Case, Outcome, Extracted], Verdict],
    explainer: "Callable[[], Explainer]",
    memory: Memory,
) -> Graded:
    """Run, judge, explain and score a submission on `cases`, of which the public ones come first.

    What fails is explained before the first hidden input is sent; what fails on hidden inputs
    alone, by new children, which never see one.
    """
    public = [case for case in cases if case.visibility is Visibility.PUBLIC]
    with Conversation(keeper, submission, assignment.limits, memory) as talk:
        outcomes = talk.each(public)
        shown = {
            case.id: Exhibit(case=case, outcome=outcome)
            for case, outcome in zip(public, outcomes, strict=True)
        }
        verdicts = [judge(one.case, one.outcome, talk.extracted) for one in shown.values()]
        seen = failing_outputs(verdicts, assignment)
        why = explainer()(talk, seen) if seen else Explained()
        rest = cases[len(public) :]
        outcomes = talk.together(rest)
    verdicts += [judge(*one, talk.extracted) for one in zip(rest, outcomes, strict=True)]
    failing = failing_outputs(verdicts, assignment)
    if failing.keys() - seen.keys():
        with Conversation(keeper, submission, assignment.limits, memory) as anew:
            why = explainer()(anew, failing)
    return Graded(
        assignment=assignment,
        submission=submission,
        scorecard=score(
            assignment, submission, cases, verdicts, talk.extracted, circumstances, why
        ),
        exhibits=shown,
        explained=why,
        extracted=talk.extracted,
        text=talk.text,
    )


def _versions(assignment: Assignment, keeper: Keeper) -> dict[str, str]:
    """Return what the result was made with."""
    return {"grader": __about__.VERSION, **keeper.versions, "assignment": assignment.digest}
