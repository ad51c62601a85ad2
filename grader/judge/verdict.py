"""From what running a case gave to what became of its outputs. Pure.

A case passes only when its arrays arrived and compared equal; whatever else came is one of the
other states, and what rests on an output that failed is blocked by it: one cause, one message.
"""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import msgspec

from grader.arrays import as_array, derive
from grader.judge.compare import compare, is_single
from grader.model import (
    SEVERITY,
    Array,
    Assignment,
    Call,
    Case,
    Construct,
    Ending,
    Exercise,
    Extracted,
    Outcome,
    OutputVerdict,
    Position,
    Problem,
    Read,
    State,
    Step,
    Value,
    Verdict,
)
from grader.program import operands
from grader.wording import Phrase, say, verbatim

OWN_EXCEPTION = say("an exception of your own")
# What the guest says in an exception's place: of a name that failed, of a class without its base,
# of an assignment that did not run. And what Python says where there is no keyboard.
_NOT_AVAILABLE = re.compile(r"`(.{1,200})` is not available here: (.*)", re.DOTALL)
_NO_BASE = re.compile(r"its base class (.{1,200}?) is not there(?:: (.*))?", re.DOTALL)
_NEAR, _A_WORD = 0.7, 4  # how like a name must be; how many letters are a word
_NO_KEYBOARD = "input(): lost sys.stdin"
_NOT_RUN = re.compile(
    r"(?:code cell (\d{1,6}), )?line (\d{1,6}) does more than define it, and is not run"
)

# What ends a whole case, whatever its outputs would have been.
_WHOLE = {
    Ending.NOT_RUN: State.NOT_RUN,
    Ending.CRASHED: State.CRASHED,
    Ending.OUT_OF_MEMORY: State.OUT_OF_MEMORY,
    Ending.TIMED_OUT: State.TIMED_OUT,
    Ending.FLOODED: State.FLOODED,
}


def judging(assignment: Assignment) -> Callable[[Case, Outcome, Extracted], Verdict]:
    """Return what judges outcomes of an assignment's cases: of the same outcome, the same verdict.

    In a class, most are right, and many are wrong in the same way.
    """
    exercises = {exercise.id: exercise for exercise in assignment.exercises}

    @lru_cache(maxsize=1024)
    def by_itself(case: Case, outcome: Outcome) -> Verdict:
        return judge(case, outcome, exercises[case.exercise], Extracted())

    def judged(case: Case, outcome: Outcome, extracted: Extracted) -> Verdict:
        if _needs_no_source(outcome):
            return by_itself(case, outcome)
        return judge(case, outcome, exercises[case.exercise], extracted)

    return judged


def _needs_no_source(outcome: Outcome) -> bool:
    """Tell whether a verdict says nothing of where something stands in the student's file."""
    is_placed = outcome.problem is not None and outcome.problem.position is not None
    return outcome.ending is Ending.ANSWERED or (outcome.ending is Ending.RAISED and is_placed)


def judge(
    case: Case,
    outcome: Outcome,
    exercise: Exercise,
    extracted: Extracted,
) -> Verdict:
    """Judge one case's outcome against its expected arrays."""
    evidence = _Evidence(case, outcome, extracted)
    verdicts = evidence.outputs()
    pointed = any(one.name in exercise.outputs for one in verdicts)
    if exercise.contract is not None and pointed and _is_watched(case):
        verdicts.append(_contract(exercise, verdicts, outcome))
    # A contract that waits for right values says nothing that the values do not say themselves.
    telling = [
        one.state
        for one in verdicts
        if one.name != exercise.contract or one.state is not State.BLOCKED
    ]
    state = min(telling, key=SEVERITY.__getitem__)
    return Verdict(
        case=case.id,
        state=state,
        outputs=tuple(verdicts),
        problem=evidence.problem() if state is not State.PASSED else None,
        notes=_notes(case, outcome),
    )


def answered(case: Case, outcome: Outcome, name: str) -> Value | None:
    """Return what came of an output, computed where it is derived; None where nothing came."""
    evidence = _Evidence(case, outcome, Extracted())
    if name not in evidence.formulas:
        return outcome.outputs.get(name)
    try:
        return Value(kind="array", array=evidence.array(name))
    except (ValueError, TypeError, KeyError):
        return None


class _Evidence:
    """What is known of one case, and what follows for each of its outputs."""

    def __init__(self, case: Case, outcome: Outcome, extracted: Extracted) -> None:
        self.case = case
        self.outcome = outcome
        self.extracted = extracted
        self.objects = case.program.objects
        self.formulas = {one.output: one.expression for one in case.program.derived}

    def outputs(self) -> list[OutputVerdict]:
        """Return the verdicts in the order in which the program reads its outputs."""
        needs = self.case.program.needs
        order = [name for name in needs if name in self.case.expected]
        found: dict[str, OutputVerdict] = {}
        for name in order:
            own = self.own(name)
            failed = [n for n in needs[name] if n in found and found[n].state is not State.PASSED]
            # What waits for this very definition is no reason for it to be missing.
            is_cause = own.state is State.MISSING and all(
                found[n].because == self.outcome.absent for n in failed
            )
            if failed and not is_cause and own.state not in _WHOLE.values():
                own = OutputVerdict(
                    name=name, state=State.BLOCKED, because=self.root(failed[0], found)
                )
            found[name] = own
        return list(found.values())

    def root(self, name: str, found: Mapping[str, OutputVerdict]) -> str:
        """Return the output at which a chain of blocked ones begins."""
        return found[name].because or name

    def own(self, name: str) -> OutputVerdict:
        """Judge an output as if nothing that it rests on had failed."""
        if name in self.formulas:
            return self.derived(name)
        if name in self.outcome.outputs:
            return self.compared(name, self.outcome.outputs[name])
        return self.unread(name)

    def unread(self, name: str) -> OutputVerdict:
        """Say why an output did not come."""
        outcome = self.outcome
        if outcome.ending is Ending.MISSING:
            return self.absent(name)
        if outcome.ending is Ending.TIMED_OUT and (callee := self.ended_in(name)):
            return OutputVerdict(name=name, state=State.BLOCKED, because=callee)
        state, reason = State.MISSING, self.unset(name)
        if outcome.ending in _WHOLE:
            state, reason = _WHOLE[outcome.ending], outcome.reason
        elif outcome.ending is Ending.RAISED and name not in outcome.missing:
            state, reason = State.ERROR, said(outcome.problem)
        return OutputVerdict(name=name, state=state, reason=reason)

    def unset(self, name: str) -> Phrase:
        if is_returned(name, self.case):
            return say("it gives nothing back")
        owner, _, attribute = name.rpartition(".")
        return say("{attribute} of {owner} is not set", attribute=attribute, owner=owner)

    def ended_in(self, name: str) -> str | None:
        """Return the call that did not return, if another output than `name` shows that.

        What was read before it is lost with it.
        """
        step = self.step()
        if not isinstance(step, Call) or _owner(step.callee) == _owner(name):
            return None
        shown = any(_owner(one) == _owner(step.callee) for one in self.case.expected)
        return step.callee if shown else None

    def step(self) -> Step | None:
        """Return the step that could not be done, if that is known."""
        at, steps = self.outcome.step, self.case.program.steps
        return steps[at] if at is not None and at < len(steps) else None

    def compared(self, name: str, value: Value) -> OutputVerdict:
        expected, tolerance = self.case.expected[name], self.case.tolerance
        coarse = any(self.is_single(need) for need in self.case.program.needs[name])
        difference = compare(value, expected, tolerance, coarse=coarse)
        if difference is None:
            return OutputVerdict(name=name, state=State.PASSED)
        return OutputVerdict(
            name=name, state=State.WRONG, reason=difference.text, kind=difference.kind
        )

    def is_single(self, name: str) -> bool:
        """Tell whether an output came in single precision: so will what is computed from it."""
        value, expected = self.outcome.outputs.get(name), self.case.expected.get(name)
        return value is not None and expected is not None and is_single(value, expected)

    def derived(self, name: str) -> OutputVerdict:
        """Judge an output that is computed here, from outputs that were read."""
        for operand in operands(self.formulas[name], self.objects):
            if operand not in self.outcome.outputs and operand not in self.formulas:
                own = self.own(operand)
                return OutputVerdict(name=name, state=own.state, reason=own.reason)
            if operand in self.outcome.outputs and _numbers(self.outcome.outputs[operand]) is None:
                return OutputVerdict(name=name, state=State.WRONG, reason=_none(operand))
        try:
            array = self.array(name)
        except (ValueError, TypeError, KeyError) as error:
            reason = say(
                "{formula} cannot be computed: {error}",
                formula=self.formulas[name],
                error=str(error),
            )
            return OutputVerdict(name=name, state=State.WRONG, reason=reason)
        return self.compared(name, Value(kind="array", array=array))

    def array(self, name: str) -> Array:
        """Return an output's array, computing it where it is derived; ValueError if it is none."""
        if name not in self.formulas:
            array = _numbers(self.outcome.outputs[name])
            if array is None:
                raise ValueError(f"{name} is no array")
            return array
        formula = self.formulas[name]
        values = {operand: self.array(operand) for operand in operands(formula, self.objects)}
        given = {key: as_array(value) for key, value in self.case.given.items()}
        return derive(formula, self.objects, values, given)

    def absent(self, name: str) -> OutputVerdict:
        """Say which definition is not there, and what was found in its place."""
        wanted = self.outcome.absent
        if self.extracted.unreadable and wanted not in self.found():
            problem = self.extracted.unreadable[0]
            return OutputVerdict(name=name, state=State.ERROR, reason=said(problem))
        if _owner(wanted) != _owner(name):
            return OutputVerdict(name=name, state=State.BLOCKED, because=wanted)
        return OutputVerdict(
            name=name, state=State.MISSING, reason=_not_found(wanted, self.made(wanted))
        )

    def made(self, wanted: str) -> Extracted:
        """Return what was found, without the functions where a class is wanted."""
        steps = self.case.program.steps
        if not any(isinstance(step, Construct) and step.cls == wanted for step in steps):
            return self.extracted
        found = tuple(one for one in self.extracted.found if one.kind != "function")
        return msgspec.structs.replace(self.extracted, found=found)

    def located(self, problem: Problem) -> Problem:
        """Place an exception that no line of the student's raised at what was called then."""
        step, called = self.step(), ""
        if isinstance(step, Call):
            called = step.callee
        elif isinstance(step, Construct):
            called = f"{step.cls}.__init__"
        if problem.position is not None or not called:
            return problem
        for one in self.extracted.found:
            if one.name == called:
                return msgspec.structs.replace(problem, position=one.position)
        return problem

    def found(self) -> set[str]:
        return {definition.name for definition in self.extracted.found}

    def problem(self) -> Problem | None:
        """Return the exception behind a failure: of this case, or of the file as a whole."""
        if self.outcome.problem is not None:
            return self.located(self.outcome.problem)
        if self.outcome.ending is Ending.MISSING:
            failed = self.extracted.failed.get(self.outcome.absent)
            return failed or next(iter(self.extracted.unreadable), None)
        return None


def _numbers(value: Value) -> Array | None:
    """Return a value's array, if it is one of numbers."""
    array = value.array
    return array if array is not None and array.dtype.kind in "biufc" else None


def is_returned(name: str, case: Case) -> bool:
    """Tell whether an output is what a call gives back, and no attribute."""
    reads = (step for step in case.program.steps if isinstance(step, Read))
    return any(step.output == name and step.attribute is None for step in reads)


def _owner(name: str) -> str:
    """Return the class of a method or an attribute; of a function, itself."""
    return name.rpartition(".")[0] or name


def _none(name: str) -> Phrase:
    return say("{output} is no array", output=name)


def said(problem: Problem | None) -> Phrase:
    """Return what an exception says, after what it is."""
    if problem is None:
        return say("an exception")
    kind = verbatim(problem.type) or OWN_EXCEPTION
    message = own_words(problem.message)
    return say("{exception}: {message}", exception=kind, message=message) if message else kind


def own_words(message: str) -> Phrase:
    """Return the message of an exception: the guest's own ones can be told in any language."""
    if message == _NO_KEYBOARD:
        return say("input() is not available here: nobody is there to type an answer")
    if found := _NOT_AVAILABLE.fullmatch(message):
        name, why = found.groups()
        return say("`{name}` is not available here: {why}", name=name, why=own_words(why))
    if found := _NO_BASE.fullmatch(message):
        missing = say("its base class {name} is not there", name=found[1])
        return say("{what}: {why}", what=missing, why=own_words(found[2])) if found[2] else missing
    if found := _NOT_RUN.fullmatch(message):
        cell, line = found.groups()
        at = where(Position(file="", cell=int(cell) if cell else None, line=int(line)))
        return say(
            "{where} does more than define it, and is not run: compute it where it is used",
            where=at,
        )
    return verbatim(message)


def where(position: Position) -> Phrase:
    """Return a position in words."""
    if position.cell is not None:
        return say("code cell {cell}, line {line}", cell=position.cell, line=position.line)
    return say("line {line}", line=position.line)


def _not_found(wanted: str, extracted: Extracted) -> Phrase:
    """Say that a definition is missing: why, if that is known, or what has a near name."""
    failed = extracted.failed.get(wanted)
    if failed is not None:
        why = own_words(failed.message)
        return say("{name} is not there: {why}", name=wanted, why=why)
    owner, _, name = wanted.rpartition(".")
    names = [one.name for one in extracted.found]
    if owner:
        names = [one.rpartition(".")[2] for one in names if one.rpartition(".")[0] == owner]
    else:
        names = [one for one in names if "." not in one]
    found = _nearest(name, names)
    if found is not None:
        return say(
            "there is no {wanted}. Found `{found}`: did you mean `{name}`?",
            wanted=wanted,
            found=found,
            name=name,
        )
    return say("there is no {wanted}", wanted=wanted)


def _nearest(name: str, names: Sequence[str]) -> str | None:
    """Return the name that is most like another: spelt nearly so, its words turned, or one of them.

    That is the last one: what comes first is often the kind, which others are of as well.
    """
    wanted, folded = _folded(name), {_folded(one): one for one in names}
    turned = [one for one in folded if len(one) == len(wanted) and one in wanted * 2]
    near = difflib.get_close_matches(wanted, folded, n=1, cutoff=_NEAR)
    ends = [one for one in folded if len(one) >= _A_WORD and wanted.endswith(one)]
    longer = [one for one in folded if one.endswith(wanted)]
    return next((folded[one] for one in (*turned, *near, *ends, *longer)), None)


def _folded(name: str) -> str:
    return name.replace("_", "").lower()


def _is_watched(case: Case) -> bool:
    return any(isinstance(step, Call) and step.watched for step in case.program.steps)


def _contract(
    exercise: Exercise, verdicts: Sequence[OutputVerdict], outcome: Outcome
) -> OutputVerdict:
    """Judge how the values were computed; earned only beside right values."""
    name = exercise.contract or ""
    pointed = [one for one in verdicts if one.name in exercise.outputs]
    failed = next((one for one in pointed if one.state is not State.PASSED), None)
    if failed is not None:
        whole = failed.state in _WHOLE.values()
        state = failed.state if whole else State.BLOCKED
        because = None if whole else failed.because or failed.name
        return OutputVerdict(name=name, state=state, because=because)
    if outcome.seen.changed:
        changed = ", ".join(sorted(outcome.seen.changed))
        reason = say("the caller's own array is changed: {names}", names=changed)
        return OutputVerdict(name=name, state=State.WRONG, reason=reason)
    shared = [name for name in exercise.owned if name in outcome.seen.shares]
    if shared:
        names = ", ".join(outcome.seen.shares[shared[0]])
        reason = say(
            "{output} is the caller's own array, or a part of it: {names}",
            output=shared[0],
            names=names,
        )
        return OutputVerdict(name=name, state=State.WRONG, reason=reason)
    if outcome.seen.random:
        reason = say("{callee} draws random numbers", callee=outcome.seen.random[0])
        return OutputVerdict(name=name, state=State.WRONG, reason=reason)
    return OutputVerdict(name=name, state=State.PASSED)


def _notes(case: Case, outcome: Outcome) -> tuple[Phrase, ...]:
    return tuple(
        say(
            "{output} is {kind}: compared at single precision",
            output=name,
            kind=value.array.dtype.name,
        )
        for name, value in outcome.outputs.items()
        if name in case.expected
        and value.array is not None
        and is_single(value, case.expected[name])
    )
