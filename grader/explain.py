"""Why a submission fails: looked into in new children, on public inputs alone.

Nothing that is told here rests on a hidden input: no child that answers here ever saw one.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from grader.judge.diagnose import diagnose
from grader.judge.shrink import Failure, counter_examples, failure_of, is_alone, size
from grader.judge.verdict import judge
from grader.model import (
    Assignment,
    Case,
    CounterExample,
    Explained,
    Outcome,
    Probes,
    Source,
    State,
    Submission,
    Verdict,
)
from grader.program import operands
from grader.sandbox import session
from grader.sandbox.keeper import Keeper

_AT_ONCE = 12
_WRONG = (State.WRONG, State.MISSING)
# What waits, and what is no fault of the submission, is not looked into.
_FAILING = tuple(s for s in State if s not in (State.PASSED, State.BLOCKED, State.NOT_RUN))
_SECONDS = 6.0

_Tried = tuple[Case, Outcome, Verdict]
_States = dict[str, frozenset[State]]
_Wanted = dict[str, frozenset[Failure]]


def failing_outputs(verdicts: Sequence[Verdict], assignment: Assignment) -> _States:
    """Return the outputs that fail by themselves, with the states in which they do.

    What was given to students counts where it is wrong itself, or all that there is to look at.
    """
    pointed = {name for exercise in assignment.exercises for name in exercise.outputs}
    found: dict[str, set[State]] = {}
    for one in (output for verdict in verdicts for output in verdict.outputs):
        if one.state in _FAILING:
            found.setdefault(one.name, set()).add(one.state)
    follows = {*_derived(assignment, found), *_passed_by(pointed, found)}
    return {name: frozenset(s) for name, s in found.items() if name not in follows}


def _passed_by(pointed: Collection[str], found: Mapping[str, set[State]]) -> Iterator[str]:
    """Yield given outputs that were not come to, because a method failed that students write."""
    owners = {name.rpartition(".")[0] for name in found if name in pointed}
    for name, states in found.items():
        if name not in pointed and name.rpartition(".")[0] in owners and not states & {*_WRONG}:
            yield name


def _derived(assignment: Assignment, failing: Collection[str]) -> Iterator[str]:
    """Yield the outputs that are computed here from others that fail: they have the same cause."""
    for program in (plan.program for plan in assignment.plans):
        for one in program.derived:
            if any(name in failing for name in operands(one.expression, program.objects)):
                yield one.output


def explain(
    submission: Submission,
    assignment: Assignment,
    failing: _States,
    probes: Probes,
    keeper: Keeper,
) -> Explained:
    """Return what is known of the outputs that fail, with a small counter-example for each."""
    bench = _Bench(submission, assignment, keeper)
    tried = bench.run(_telling(probes.cases, failing))
    findings = diagnose(assignment, probes, tried, bench.extracted, list(failing))
    wanted = {name: _ways(name, states, tried) for name, states in failing.items()}
    found = {one.output: one for one in bench.search(probes.small, wanted)}
    rest = {name: ways for name, ways in wanted.items() if name not in found}
    larger = sorted(tried, key=lambda one: size(one[0]))
    found |= {one.output: one for one in counter_examples(larger, rest)}
    return Explained(
        findings=findings,
        examples=tuple(found[name] for name in failing if name in found),
        nowhere_near=_nowhere_near(failing, tried, probes, bench),
    )


def _telling(cases: Sequence[Case], failing: Collection[str]) -> list[Case]:
    """Return the cases that say something of the outputs that fail.

    Those that are about an output's own definition alone; where there are none, all that read it.
    """
    ids: set[str] = set()
    for name in failing:
        alone = {case.id for case in cases if is_alone(case, name)}
        ids |= alone or {case.id for case in cases if name in case.expected}
    return [case for case in cases if case.id in ids]


def _nowhere_near(
    failing: _States, tried: Sequence[_Tried], probes: Probes, bench: "_Bench"
) -> frozenset[str]:
    """Return the outputs that are right in public cases, and nowhere beside them."""
    public = [row for row in tried if row[0].source is Source.PUBLIC]
    suspects = frozenset(failing) & _passing(public)
    if not suspects:
        return frozenset()
    return suspects - _passing(bench.run(_telling(probes.near, suspects)))


def _passing(tried: Sequence[_Tried]) -> frozenset[str]:
    """Return the outputs that pass somewhere."""
    outputs = (one for _, _, verdict in tried for one in verdict.outputs)
    return frozenset(one.name for one in outputs if one.state is State.PASSED)


def _ways(name: str, states: frozenset[State], tried: Sequence[_Tried]) -> frozenset[Failure]:
    """Return how an output fails on the probes; where it does not, how it failed elsewhere.

    The plainest way alone, where there are several: an example of it is an example.
    """
    seen = {
        failure_of(one, outcome)
        for _, outcome, verdict in tried
        for one in verdict.outputs
        if one.name == name and one.state in _FAILING
    }
    changed = frozenset(way for way in seen if way[1])
    return changed or frozenset(seen) or frozenset((state, False) for state in states)


class _Bench:
    """Runs and judges one submission on public cases."""

    def __init__(self, submission: Submission, assignment: Assignment, keeper: Keeper) -> None:
        self.submission = submission
        self.exercises = {exercise.id: exercise for exercise in assignment.exercises}
        self.limits = msgspec.structs.replace(assignment.limits, submission_wall=_SECONDS)
        self.keeper = keeper

    def run(self, cases: Sequence[Case]) -> list[_Tried]:
        """Run cases in a new child, and judge them."""
        ran = session.run(self.keeper, self.submission, cases, self.limits)
        self.extracted = ran.extracted
        return [
            (case, outcome, judge(case, outcome, self.exercises[case.exercise], ran.extracted))
            for case, outcome in zip(cases, ran.outcomes, strict=True)
        ]

    def search(self, cases: Sequence[Case], wanted: _Wanted) -> Iterator[CounterExample]:
        """Yield an example for each output that is wanted, trying a few cases of each at a time."""
        left = {name: [case for case in cases if is_alone(case, name)] for name in wanted}
        while left := {name: queue for name, queue in left.items() if queue}:
            asked = {case.id: case for queue in left.values() for case in queue[:_AT_ONCE]}
            tried = {one[0].id: one for one in self.run(list(asked.values()))}
            for name, queue in left.items():
                own = [tried[case.id] for case in queue[:_AT_ONCE]]
                found = list(counter_examples(own, {name: wanted[name]}))
                left[name] = [] if found else queue[_AT_ONCE:]
                yield from found
