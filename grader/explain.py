"""Why a submission fails: looked into in new children, on public inputs alone.

Nothing that is told here rests on a hidden input: no child that answers here ever saw one.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from grader.assignment.probes import probes_of
from grader.judge.diagnose import diagnose
from grader.judge.failing import ENDED, FAILING, States
from grader.judge.shrink import Failure, counter_examples, failure_of, is_alone, marks_of, size
from grader.judge.verdict import judging
from grader.model import (
    Assignment,
    Case,
    CounterExample,
    Ending,
    Explained,
    Extracted,
    Limits,
    Outcome,
    Probes,
    Source,
    State,
    Verdict,
)
from grader.sandbox.keeper import Keeper
from grader.sandbox.session import Conversation

_AT_FIRST, _AT_ONCE = 3, 16  # most failures show at once, or soon
_SECONDS, _CASE_SECONDS = 3.0, 0.25  # a loop without an end is one everywhere

_Tried = tuple[Case, Outcome, Verdict]
Judge = Callable[[Case, Outcome, Extracted], Verdict]
Explainer = Callable[[Conversation, States], Explained]
_Wanted = dict[str, frozenset[Failure]]


def explainer_of(
    assignment: Assignment,
    cases: Sequence[Case],
    author: Callable[[], Keeper],
    cache: Path | None,
) -> Explainer:
    """Return what explains failures of submissions; `cases` are those that they are graded on."""
    return explainer_by(assignment, cases, probes_of(assignment, author, cache))


def explainer_by(assignment: Assignment, cases: Sequence[Case], made: Probes) -> Explainer:
    """Return what explains failures by probes that are there.

    `cases` are those that submissions are graded on.
    """
    probes = untold(made, cases)
    judge = judging(assignment)
    return lambda talk, failing: explain(talk, assignment, failing, probes, judge)


def untold(made: Probes, cases: Sequence[Case]) -> Probes:
    """Return probes of which no small one shows a number, or three in a row, of a notebook's row.

    What public cases show, too, is known. What was drawn makes no difference: what is shown must
    not depend on it.
    """
    rows = (case for case in cases if case.source is Source.NOTEBOOK)
    public = (case for case in cases if case.source is Source.PUBLIC)
    marks = frozenset(mark for case in rows for mark in marks_of(case))
    marks -= frozenset(mark for case in public for mark in marks_of(case))
    small = tuple(case for case in made.small if not marks & marks_of(case))
    return msgspec.structs.replace(made, small=small)


def rounds(probes: Probes) -> Iterator[tuple[Case, ...]]:
    """Yield all that explaining may ask, in rounds, what tells most first.

    For where student code is run and nothing can be judged: which outputs fail is not known there.
    """
    names = dict.fromkeys(name for case in probes.cases for name in case.expected)
    small = {name: [case for case in probes.small if is_alone(case, name)] for name in names}
    at_first = {case.id: case for own in small.values() for case in own[:_AT_FIRST]}
    yield *at_first.values(), *probes.cases
    yield probes.near
    left = {name: own[_AT_FIRST:] for name, own in small.items()}
    while left := {name: queue for name, queue in left.items() if queue}:
        yield tuple({case.id: case for own in left.values() for case in own[:_AT_ONCE]}.values())
        left = {name: own[_AT_ONCE:] for name, own in left.items()}


def limits_of(assignment: Assignment) -> Limits:
    """Return what a submission may use on probes."""
    limits = assignment.limits
    return msgspec.structs.replace(
        limits, submission_wall=_SECONDS, case_cpu=min(limits.case_cpu, _CASE_SECONDS)
    )


def explain(
    talk: Conversation,
    assignment: Assignment,
    failing: States,
    probes: Probes,
    judge: Judge,
) -> Explained:
    """Return what is known of the outputs that fail, with a small counter-example for each.

    `talk` is with children that have seen no hidden input.
    """
    bench = _Bench(talk, assignment, judge)
    # Of what only ever ends its process nothing can be seen.
    visible = [name for name, states in failing.items() if not states <= ENDED]
    # Small inputs come first: what is shown must not rest on what was called before.
    small = {name: [case for case in probes.small if is_alone(case, name)] for name in failing}
    asked = {case.id: case for own in small.values() for case in own[:_AT_FIRST]}
    ran = bench.run([*asked.values(), *_telling(probes.cases, visible)])
    at_first = [one for one in ran if one[0].id in asked]
    tried = [one for one in ran if one[0].id not in asked]
    findings = diagnose(assignment, probes, tried, talk.extracted, visible)
    wanted = {name: _ways(name, states, tried) for name, states in failing.items()}
    found = {one.output: one for one in _own_examples(at_first, small, wanted)}
    left = {name: own[_AT_FIRST:] for name, own in small.items() if name not in found}
    found |= {one.output: one for one in bench.search(left, wanted)}
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
    failing: States, tried: Sequence[_Tried], probes: Probes, bench: "_Bench"
) -> frozenset[str]:
    """Return the outputs that are right in public cases, and nowhere beside them."""
    public = [row for row in tried if row[0].source is Source.PUBLIC]
    suspects = frozenset(failing) & _passing(public)
    if not suspects:
        return frozenset()
    near = bench.run(_telling(probes.near, suspects))
    known = frozenset(one.name for _, _, verdict in near for one in verdict.outputs)
    return (suspects & known) - _passing(near)


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
        if one.name == name and one.state in FAILING
    }
    changed = frozenset(way for way in seen if way[1])
    return changed or frozenset(seen) or frozenset((state, False) for state in states)


class _Bench:
    """Runs and judges one submission on public cases."""

    def __init__(self, talk: Conversation, assignment: Assignment, judge: Judge) -> None:
        self.talk = talk
        self.judge = judge
        self.limits = limits_of(assignment)

    def run(self, cases: Sequence[Case]) -> list[_Tried]:
        """Run cases, and judge them; those that could not be run say nothing."""
        return [
            (case, outcome, self.judge(case, outcome, self.talk.extracted))
            for case, outcome in zip(cases, self.talk.together(cases, self.limits), strict=True)
            if outcome.ending is not Ending.NOT_RUN
        ]

    def search(self, left: dict[str, list[Case]], wanted: _Wanted) -> Iterator[CounterExample]:
        """Yield an example for each output that has cases left, trying many of each at a time."""
        while left := {name: queue for name, queue in left.items() if queue}:
            asked = {case.id: case for queue in left.values() for case in queue[:_AT_ONCE]}
            found = list(_own_examples(self.run(list(asked.values())), left, wanted))
            yield from found
            done = {one.output for one in found}
            left = {name: own[_AT_ONCE:] for name, own in left.items() if name not in done}


def _own_examples(
    tried: Sequence[_Tried], own: Mapping[str, Sequence[Case]], wanted: _Wanted
) -> Iterator[CounterExample]:
    """Yield an example for each output from those of its own cases that were tried."""
    for name, cases in own.items():
        ids = {case.id for case in cases}
        mine = [one for one in tried if one[0].id in ids]
        yield from counter_examples(mine, {name: wanted[name]})
