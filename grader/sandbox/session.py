"""One submission's conversation with its guests: load its definitions, then case by case.

The death of a child costs the case that it died in; the next child goes on with the one after.
Cases are asked for in the order given, so a caller that puts the public ones first knows that
their text and arrays were made by a process which had not seen a hidden input.
"""

import time
from collections.abc import Sequence
from typing import TypeAlias

from grader.arrays import as_array
from grader.model import (
    Case,
    Ending,
    Extracted,
    Limits,
    Outcome,
    Record,
    Seen,
    Submission,
)
from grader.sandbox import framing, wire
from grader.sandbox.exchange import Allowance
from grader.sandbox.keeper import Answer, Child, Keeper
from grader.sandbox.policy import reply_cap

_Had: TypeAlias = tuple[Answer, Outcome]
_LOST = Answer(ending=Ending.NOT_RUN, reason="the process that runs student code was lost, twice")


class Session(Record, frozen=True):
    """What came of a submission: its definitions, text printed while loading, outcomes in order.

    `loaded` and `answers` are what they were read from, as it came over the wire.
    """

    extracted: Extracted
    text: str
    outcomes: tuple[Outcome, ...]
    loaded: Answer
    answers: tuple[Answer, ...]


class _Loaded(Record, frozen=True):
    """The outcome of loading: definitions, or the answer that says why there are none."""

    extracted: Extracted | None
    answer: Answer


def run(keeper: Keeper, submission: Submission, cases: Sequence[Case], limits: Limits) -> Session:
    """Run all cases of a submission; a lost server is replaced, and its case tried again."""
    deadline = time.monotonic() + limits.submission_wall
    first: _Loaded | None = None
    had: list[_Had] = []
    retried = False
    while first is None or len(had) < len(cases):
        with keeper.child() as child:
            loaded = _load(child, submission, limits)
            lost = loaded.answer.ending is Ending.NOT_RUN
            if loaded.extracted is not None:
                lost = _cases(child, cases, limits, had, deadline)
            elif not lost:
                had += [_had(case, loaded.answer) for case in cases[len(had) :]]
        if not lost or retried:
            first = first or loaded
        if lost and retried:
            had += [_had(case, _LOST) for case in cases[len(had) :]]
        elif lost:
            retried = True
            keeper.restart()
    return _session(first, had)


def recalled(loaded: Answer, cases: Sequence[Case], answers: Sequence[Answer]) -> Session:
    """Return what a session was, by what came over the wire; nothing is run."""
    had = [_had(case, answer) for case, answer in zip(cases, answers, strict=True)]
    return _session(_loaded(loaded), had)


def _session(loaded: _Loaded, had: Sequence[_Had]) -> Session:
    return Session(
        extracted=loaded.extracted or Extracted(),
        text=loaded.answer.text,
        outcomes=tuple(outcome for _, outcome in had),
        loaded=loaded.answer,
        answers=tuple(answer for answer, _ in had),
    )


def _had(case: Case, answer: Answer) -> _Had:
    return answer, outcome_of(case, answer)


def _load(child: Child, submission: Submission, limits: Limits) -> _Loaded:
    header, body = wire.load_request((submission.main, *submission.helpers))
    allowance = Allowance(
        cpu=limits.load_cpu, wall=limits.load_wall, text=limits.output, reply=reply_cap(limits, 0)
    )
    return _loaded(child.ask(framing.LOAD, header, body, allowance))


def _loaded(answer: Answer) -> _Loaded:
    if answer.ending is not Ending.ANSWERED:
        return _Loaded(extracted=None, answer=answer)
    extracted = wire.decode_load(answer.header, answer.body)
    if isinstance(extracted, wire.Malformed):
        return _Loaded(extracted=None, answer=_unreadable(answer, extracted))
    return _Loaded(extracted=extracted, answer=answer)


def _cases(
    child: Child, cases: Sequence[Case], limits: Limits, had: list[_Had], deadline: float
) -> bool:
    """Ask a child for the cases that remain, until it ends; tell whether the server was lost."""
    for case in cases[len(had) :]:
        if time.monotonic() > deadline:
            had += [_had(late, _overdue(limits)) for late in cases[len(had) :]]
            return False
        header, body = wire.case_request(case.program, case.given)
        expected = sum(array.nbytes for array in case.expected.values())
        given = sum(as_array(value).nbytes for value in case.given.values())
        allowance = Allowance(
            cpu=limits.case_cpu,
            wall=limits.case_wall,
            text=limits.output,
            reply=reply_cap(limits, expected + given),
        )
        answer = child.ask(framing.CASE, header, body, allowance)
        if answer.ending is Ending.NOT_RUN:
            return True
        had.append(_had(case, answer))
        # A child that sent something else than an answer is not asked again.
        if not child.alive or had[-1][1].ending is Ending.CRASHED:
            return False
    return False


def outcome_of(case: Case, answer: Answer) -> Outcome:
    """Return the outcome of a case that was asked for."""
    if answer.ending is not Ending.ANSWERED:
        return _ended(case, answer)
    decoded = wire.decode_case(answer.header, answer.body)
    if isinstance(decoded, wire.Malformed):
        return _ended(case, _unreadable(answer, decoded))
    ending, reason = Ending.ANSWERED, ""
    if decoded.out_of_memory:
        ending, reason = Ending.OUT_OF_MEMORY, "it asked for more memory than there is for it"
    elif decoded.problem is not None:
        ending = Ending.RAISED
    elif decoded.absent is not None:
        ending, reason = Ending.MISSING, decoded.absent
    return Outcome(
        case=case.id,
        ending=ending,
        step=decoded.step,
        outputs=decoded.outputs,
        missing=decoded.missing,
        seen=decoded.seen,
        problem=decoded.problem,
        text=answer.text,
        reason=reason,
        cpu=answer.cpu,
        wall=answer.wall,
        peak=decoded.peak,
    )


def _ended(case: Case, answer: Answer) -> Outcome:
    return Outcome(
        case=case.id,
        ending=answer.ending,
        step=answer.step,
        outputs={},
        missing=(),
        seen=Seen(),
        problem=None,
        text=answer.text,
        reason=answer.reason,
        cpu=answer.cpu,
        wall=answer.wall,
        peak=answer.peak,
    )


def _overdue(limits: Limits) -> Answer:
    reason = f"the submission as a whole had used its {limits.submission_wall:g} s"
    return Answer(ending=Ending.TIMED_OUT, reason=reason)


def _unreadable(answer: Answer, malformed: wire.Malformed) -> Answer:
    reason = f"it sent {malformed.why} in place of an answer"
    return Answer(ending=Ending.CRASHED, reason=reason, text=answer.text)
