"""Which outputs fail by themselves: those that are looked into. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeAlias

from grader.model import Assignment, State, Verdict
from grader.program import operands

_WRONG = (State.WRONG, State.MISSING)
# What waits, and what is no fault of the submission, is not looked into.
FAILING = tuple(s for s in State if s not in (State.PASSED, State.BLOCKED, State.NOT_RUN))
# The end of a process, whatever its outputs would have been.
ENDED = frozenset({State.CRASHED, State.OUT_OF_MEMORY, State.TIMED_OUT, State.FLOODED})

States: TypeAlias = dict[str, frozenset[State]]


def failing_outputs(verdicts: Sequence[Verdict], assignment: Assignment) -> States:
    """Return the outputs that fail by themselves, with the states in which they do.

    What was given to students counts where it is wrong itself, or all that there is to look at.
    """
    pointed = {name for exercise in assignment.exercises for name in exercise.outputs}
    found: dict[str, set[State]] = {}
    for one in (output for verdict in verdicts for output in verdict.outputs):
        if one.state in FAILING:
            found.setdefault(one.name, set()).add(one.state)
    follows = {*_derived(assignment, found), *_passed_by(pointed, found)}
    return {name: frozenset(s) for name, s in found.items() if name not in follows}


def steadily_failing(verdicts: Sequence[Verdict], assignment: Assignment) -> States:
    """Return the outputs that fail by themselves, if each fails in all cases that it comes in.

    Else none: what was called before may have a part in it.
    """
    failing = failing_outputs(verdicts, assignment)
    outputs = (output for verdict in verdicts for output in verdict.outputs)
    passed = {one.name for one in outputs if one.state is State.PASSED}
    return {} if passed & failing.keys() else failing


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
