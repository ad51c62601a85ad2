"""One submission, the whole way, on one screen.

file -> Submission -> [wall: definitions -> steps -> arrays] -> Outcomes -> Verdicts -> Scorecard

What fails is explained on the way, on public inputs, behind the same wall. What a submission is
known to answer is not run again.
"""

from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from grader import __about__
from grader.assignment.casebook import Drawn, all_cases, public_cases
from grader.assignment.key import Key
from grader.errors import SandboxError
from grader.judge.failing import failing_outputs, steadily_failing
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
    Isolation,
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
    if key is not None:
        demand(isolation, lowest)

    def author() -> Keeper:
        return keeper_for(keeper.policy, serves_author=True)

    if key is None:
        cases = public_cases(assignment, author, cache)
    else:
        cases = all_cases(assignment, key, author, cache, record)
    circumstances = circumstances_of(assignment, key.id if key else None, keeper, isolation)

    @lru_cache(maxsize=1)
    def explainer() -> "Explainer":
        """Make ready to explain when the first output fails: what is right pays nothing."""
        from grader.explain import explainer_of  # noqa: PLC0415

        return explainer_of(assignment, cases, author, cache)

    return Grader(assignment, cases, keeper, circumstances, explainer)


class Grader(Record, frozen=True, eq=False, dict=True):
    """Grades submissions on `cases`, of which the public ones come first."""

    assignment: Assignment
    cases: tuple[Case, ...]
    keeper: Keeper
    circumstances: Circumstances
    explainer: "Callable[[], Explainer]"

    @cached_property
    def judge(self) -> Callable[[Case, Outcome, Extracted], Verdict]:
        """Return what judges outcomes: one for a whole class, which remembers."""
        return judging(self.assignment)

    @cached_property
    def spoken(self) -> Assignment:
        """Return the assignment in the reader's language."""
        return self.assignment.told(self.assignment.reader or self.assignment.language)

    def __call__(self, submission: Submission, memory: Memory | None = None) -> Graded:
        """Grade a submission; `memory` is what it is known to answer."""
        return grade(submission, self, memory or Memory())


def grade(submission: Submission, by: Grader, memory: Memory) -> Graded:
    """Run, judge, explain and score a submission.

    What fails steadily is explained before the first hidden input is sent, by the same child;
    what fails now and then, or on hidden inputs alone, by a new one, which never sees any.
    """
    limits = by.assignment.limits
    public = [case for case in by.cases if case.visibility is Visibility.PUBLIC]
    hidden = by.cases[len(public) :]
    with Conversation(by.keeper, submission, limits, memory) as talk:
        outcomes = talk.each(public)
        shown = [Exhibit(*one) for one in zip(public, outcomes, strict=True)]
        verdicts = [by.judge(one.case, one.outcome, talk.extracted) for one in shown]
        seen = steadily_failing(verdicts, by.assignment)
        why = by.explainer()(talk, seen) if seen else Explained()
        outcomes = talk.together(hidden)
    verdicts += [by.judge(*one, talk.extracted) for one in zip(hidden, outcomes, strict=True)]
    failing = failing_outputs(verdicts, by.assignment)
    if failing.keys() - seen.keys():
        with Conversation(by.keeper, submission, limits, memory) as anew:
            why = by.explainer()(anew, failing)
    scored = (submission, by.cases, verdicts, talk.extracted, by.circumstances, why)
    card = score(by.assignment, *scored)
    same = by.spoken.language == by.assignment.language
    return Graded(
        assignment=by.spoken,
        submission=submission,
        scorecard=card,
        shown=card if same else score(by.spoken, *scored),
        exhibits={one.case.id: one for one in shown},
        explained=why,
        extracted=talk.extracted,
        text=talk.text,
    )


def demand(isolation: Isolation, lowest: str) -> None:
    """Raise SandboxError where student code is isolated less than `lowest` asks for."""
    if reaches(isolation.tier, lowest):
        return
    missing = ", ".join(layer for layer in LAYERS if layer not in isolation.layers)
    raise SandboxError(
        f"this host isolates student code only in the tier {isolation.tier!r} "
        f"(missing: {missing}), and hidden cases are not run below {lowest!r}",
        "run `grader doctor`: it says how to get there; or accept it with "
        f"--accept-isolation {isolation.tier}, and every result will say so",
    )


def circumstances_of(
    assignment: Assignment, key_id: str | None, keeper: Keeper, isolation: Isolation
) -> Circumstances:
    """Return what a result is made with and behind: wall, key and versions."""
    versions = {"grader": __about__.VERSION, **keeper.versions, "assignment": assignment.digest}
    return Circumstances(isolation=isolation, key_id=key_id, versions=versions)
