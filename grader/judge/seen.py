"""What was seen in a run that tells a mistake without its numbers. Pure.

All of it is the guest's own claim, about public inputs: it serves the diagnosis, and no points.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from grader.judge.compare import compare
from grader.judge.verdict import is_returned
from grader.model import (
    Call,
    Case,
    Construct,
    Ending,
    Extracted,
    Observation,
    Outcome,
    OutputVerdict,
    Read,
    Record,
    Set,
    State,
    Step,
)
from grader.wording import Phrase, say, verbatim

_NO_ATTRIBUTE = re.compile(r"has no attribute '(\w{1,60})'")
_NOT_CALLED = re.compile(r"\bbuiltin_function_or_method\b|'(?:method|function)'")
_NOT_CALLED_KINDS = ("builtin_function_or_method", "type method", "type function")
# What stops a run is then the missing name, and not the code that uses it.
_NOT_THERE = re.compile(r"name '(?:np|numpy)' is not defined|`.{1,200}` is not available here: ")
_ENOUGH = 2


class Row(Protocol):
    """One output of one probe."""

    @property
    def case(self) -> Case: ...  # noqa: D102

    @property
    def outcome(self) -> Outcome: ...  # noqa: D102

    @property
    def verdict(self) -> OutputVerdict: ...  # noqa: D102

    @property
    def failed(self) -> bool: ...  # noqa: D102


class Seen(Record, frozen=True):
    """An observation, in a sentence, with what fills in a mistake's text."""

    what: Observation
    sentence: Phrase
    told: dict[str, Phrase] = {}


class _Failure:
    """The failing rows of one output, and what is known of the definition behind them."""

    def __init__(
        self,
        name: str,
        rows: Sequence[Row],
        failing: Sequence[Row],
        stored: Mapping[str, Collection[str]],
        extracted: Extracted,
    ) -> None:
        self.name = name
        self.owner = name.rpartition(".")[0] or name
        self.rows = rows
        self.failing = failing
        self.stored = frozenset(stored.get(self.owner, ()))
        self.extracted = extracted

    def is_own(self, callee: str) -> bool:
        return self.owner in (callee, callee.rpartition(".")[0])

    def steps(self) -> Iterator[Step | None]:
        """Yield the step that each failing row ended at."""
        for row in self.failing:
            at, steps = row.outcome.step, row.case.program.steps
            yield steps[at] if at is not None and at < len(steps) else None

    def messages(self) -> list[str]:
        return [row.outcome.problem.message if row.outcome.problem else "" for row in self.failing]

    def lacks_a_name(self) -> bool:
        """Tell whether runs end at a name that the file as a whole does not have here."""
        return any(_NOT_THERE.match(message) for message in self.messages())

    # --- one method per observation; each returns None where it is not what was seen -------------

    def constructor(self) -> Seen | None:
        raised = all(row.outcome.ending is Ending.RAISED for row in self.failing)
        making = all(isinstance(step, Construct) for step in self.steps())
        if not raised or not making or self.lacks_a_name():
            return None
        message = self.messages()[0]
        return Seen(Observation.CONSTRUCTOR, say("Making an object fails: {why}.", why=message))

    def given(self) -> Seen | None:
        """See that a given method fails, is gone, or gives something else than it did."""
        if any(row.outcome.absent == self.owner for row in self.failing):
            return None  # all of it is gone, and that is said already
        if self.lacks_a_name():
            return None
        stopped = [
            isinstance(step, Call) and not step.watched and self.is_own(step.callee)
            for step in self.steps()
        ]
        early = [_is_read_early(row) for row in self.failing]
        if not self.rows[0].failed:  # what goes wrong only later was changed by something else
            return None
        if not all(one or other for one, other in zip(stopped, early, strict=True)):
            return None
        sentence = say("The code that you were given no longer does what it did.")
        return Seen(Observation.GIVEN, sentence)

    def empty(self) -> Seen | None:
        calls = [
            step
            for row in self.failing
            for step in row.case.program.steps
            if isinstance(step, Call) and step.watched and self.is_own(step.callee)
        ]
        returning = {step.callee for step in calls if self.name in step.kept.values()}
        written = returning or {step.callee for step in calls}
        last = {one.name: one for one in self.extracted.found}
        if len(self.failing) < len(self.rows) or not written:
            return None
        if all(name in last and last[name].is_empty for name in written):
            return Seen(Observation.EMPTY, say("`{name}` does nothing yet.", name=min(written)))
        return None

    def uncalled(self) -> Seen | None:
        raised = [row.outcome.problem for row in self.failing]
        said = [
            one is not None and one.type == "TypeError" and bool(_NOT_CALLED.search(one.message))
            for one in raised
        ]
        values = [row.outcome.outputs.get(self.name) for row in self.failing]
        kept = [value is not None and value.kind.endswith(_NOT_CALLED_KINDS) for value in values]
        if all(one or other for one, other in zip(said, kept, strict=True)):
            sentence = say("A method itself is used where its result seems to be meant.")
            return Seen(Observation.UNCALLED, sentence)
        return None

    def unstored(self) -> Seen | None:
        names: set[str] = set()
        for row in self.failing:
            problem = row.outcome.problem
            if problem is None or problem.type not in ("AttributeError", "TypeError"):
                return None
            if "'NoneType'" in problem.message:  # it was set to None before, and never since
                names |= self.stored & set(row.outcome.seen.none)
            elif found := _NO_ATTRIBUTE.search(problem.message):
                names.add(found.group(1))
            else:
                return None
        if len(names) == 1 and names <= self.stored:
            (name,) = names
            sentence = say(
                "`{owner}` has no `{name}` when it is needed.", owner=self.owner, name=name
            )
            return Seen(Observation.UNSTORED, sentence, {"name": verbatim(name)})
        return None

    def elsewhere(self) -> Seen | None:
        """See where a missing output is: returned, set under another name, or nowhere.

        A missing output is certain only where it is wrong in no other case.
        """
        states = {row.verdict.state for row in self.failing}
        if states != {State.MISSING} or any(
            row.outcome.ending is Ending.MISSING for row in self.failing
        ):
            return None
        # What was overwritten by a first call makes a second one wrong.
        single = [row for row in self.failing if not row.case.repeats]
        right = [
            key
            for key in self.failing[0].outcome.seen.others
            if len(single) >= _ENOUGH and all(self.is_right(row, key) for row in single)
        ]
        if not right:
            return Seen(Observation.UNSET, self.unset())
        # An attribute says more than a return value: what was set is often returned as well.
        return self.found_at(min(right, key=lambda key: "()" in key))

    def unset(self) -> Phrase:
        if is_returned(self.name, self.failing[0].case):
            return say("`{name}` gives nothing back.", name=self.name)
        if len(self.failing) < len(self.rows):
            return say("`{name}` is not always set.", name=self.name)
        return say("`{name}` is never set.", name=self.name)

    def is_right(self, row: Row, key: str) -> bool:
        value, expected = row.outcome.seen.others.get(key), row.case.expected.get(self.name)
        if value is None or expected is None:
            return False
        return compare(value, expected, row.case.tolerance) is None

    def found_at(self, key: str) -> Seen:
        if "()" in key:
            sentence = say(
                "The right values are returned, but `{name}` is not set.", name=self.name
            )
            return Seen(Observation.RETURNED, sentence, {"name": verbatim(key)})
        here = self.failing[0].case.program.steps
        programmed = {step.attribute for step in here if isinstance(step, Set)}
        what = Observation.RENAMED
        if key in self.stored | programmed:
            what = Observation.OVERWRITTEN
        sentence = say("The right values of `{name}` are in `{place}`.", name=self.name, place=key)
        return Seen(what, sentence, {"name": verbatim(key)})

    def breaks_contract(self) -> bool:
        """Tell whether it is the contract that fails: its verdicts tell no kind of difference."""
        return all(
            row.verdict.state is State.WRONG and not row.verdict.kind for row in self.failing
        )

    def changed(self) -> Seen | None:
        found = [row.outcome.seen.changed for row in self.failing if row.outcome.seen.changed]
        if not found or not self.breaks_contract():
            return None
        names = ", ".join(f"`{name}`" for name in sorted(found[0]))
        sentence = say("After the call, {names} is no longer what it was.", names=names)
        return Seen(Observation.CHANGED, sentence)

    def shared(self) -> Seen | None:
        found = [row.outcome.seen.shares for row in self.failing]
        if not all(found) or not self.breaks_contract():
            return None
        output, names = next(iter(found[0].items()))
        told = ", ".join(f"`{name}`" for name in names)
        sentence = say("`{output}` is the same array as {names}.", output=output, names=told)
        return Seen(Observation.SHARED, sentence)

    def shorter(self) -> Seen | None:
        for row in self.failing:
            calls = [step for step in row.case.program.steps if isinstance(step, Call)]
            full = {step.callee: len(step.arguments) for step in calls}
            short = [c for c, used in row.outcome.seen.used.items() if len(used) < full.get(c, 0)]
            if row.verdict.state is not State.WRONG or not short:
                return None
        return Seen(Observation.SHORTER, say("It takes fewer arguments than it is given."))


def _is_read_early(row: Row) -> bool:
    """Tell whether an output is read before anything that students write is called."""
    if row.verdict.state not in (State.WRONG, State.MISSING):
        return False
    for step in row.case.program.steps:
        if isinstance(step, Call) and step.watched:
            return False
        if isinstance(step, Read) and step.output == row.verdict.name:
            return True
    return False


def observed(
    name: str,
    rows: Sequence[Row],
    failing: Sequence[Row],
    stored: Mapping[str, Collection[str]],
    extracted: Extracted,
) -> Seen | None:
    """Return what was seen of a failing output, the most telling first; None if nothing was."""
    failure = _Failure(name, rows, failing, stored, extracted)
    looks = (
        failure.constructor,
        failure.given,
        failure.empty,
        failure.uncalled,
        failure.unstored,
        failure.elsewhere,
        failure.changed,
        failure.shared,
        failure.shorter,
    )
    return next((seen for look in looks if (seen := look()) is not None), None)
