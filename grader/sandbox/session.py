"""One submission's conversation with its guests: load its definitions, then case by case.

The death of a child costs the case that it died in; the next child goes on with the one after.
Cases are asked for in the order given, so a caller that puts the public ones first knows that
their text and arrays were made by a process which had not seen a hidden input.
"""

import time
from collections.abc import Sequence
from functools import lru_cache

import msgspec

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
    Visibility,
)
from grader.sandbox import framing, wire
from grader.sandbox.exchange import Allowance, Request
from grader.sandbox.keeper import Answer, Child, Keeper
from grader.sandbox.policy import reply_cap

_REMEMBERED_BYTES = 2048
_LOST = Answer(ending=Ending.NOT_RUN, reason="the process that runs student code was lost, twice")


class Session(Record, frozen=True):
    """What came of a submission: its definitions, text printed while loading, outcomes in order."""

    extracted: Extracted
    text: str
    outcomes: tuple[Outcome, ...]


class _Loaded(Record, frozen=True):
    """The outcome of loading: definitions, or the answer that says why there are none."""

    extracted: Extracted | None
    answer: Answer


def run(keeper: Keeper, submission: Submission, cases: Sequence[Case], limits: Limits) -> Session:
    """Run all cases of a submission; a lost server is replaced, and its case tried again.

    Public ones are asked for one at a time: what is printed meanwhile is their own.
    """
    public = sum(case.visibility is Visibility.PUBLIC for case in cases)
    return _run(keeper, submission, cases, limits, public)


def survey(
    keeper: Keeper, submission: Submission, cases: Sequence[Case], limits: Limits
) -> Session:
    """Run all cases of a submission in one breath: what it prints is no particular case's."""
    return _run(keeper, submission, cases, limits, 0)


def _run(
    keeper: Keeper,
    submission: Submission,
    cases: Sequence[Case],
    limits: Limits,
    one_by_one: int,
) -> Session:
    """Run cases, the first `one_by_one` of them each by itself."""
    deadline = time.monotonic() + limits.submission_wall
    first: _Loaded | None = None
    outcomes: list[Outcome] = []
    retried = False
    while first is None or len(outcomes) < len(cases):
        with keeper.child() as child:
            loaded = _load(child, submission, limits)
            lost = loaded.answer.ending is Ending.NOT_RUN
            if loaded.extracted is not None:
                lost = _cases(child, cases, limits, outcomes, deadline, one_by_one)
            elif not lost:
                outcomes += [_ended(case, loaded.answer) for case in cases[len(outcomes) :]]
        if not lost or retried:
            first = first or loaded
        if lost and retried:
            outcomes += [_ended(case, _LOST) for case in cases[len(outcomes) :]]
        elif lost:
            retried = True
            keeper.restart()
    extracted = first.extracted or Extracted()
    return Session(extracted=extracted, text=first.answer.text, outcomes=tuple(outcomes))


def _load(child: Child, submission: Submission, limits: Limits) -> _Loaded:
    header, body = wire.load_request((submission.main, *submission.helpers))
    allowance = Allowance(
        cpu=limits.load_cpu, wall=limits.load_wall, text=limits.output, reply=reply_cap(limits, 0)
    )
    answer = child.ask(framing.LOAD, header, body, allowance)
    if answer.ending is not Ending.ANSWERED:
        return _Loaded(extracted=None, answer=answer)
    extracted = wire.decode_load(answer.header, answer.body)
    if isinstance(extracted, wire.Malformed):
        return _Loaded(extracted=None, answer=_unreadable(extracted, answer.text))
    return _Loaded(extracted=extracted, answer=answer)


def _cases(  # noqa: PLR0913, PLR0917 - one conversation
    child: Child,
    cases: Sequence[Case],
    limits: Limits,
    outcomes: list[Outcome],
    deadline: float,
    one_by_one: int,
) -> bool:
    """Ask a child for the cases that remain, until it ends; tell whether the server was lost."""
    while remaining := cases[len(outcomes) :]:
        asked = remaining[:1] if len(outcomes) < one_by_one else remaining
        for case, answer in zip(asked, child.ask_all(_requests(asked, limits)), strict=False):
            if answer.ending is Ending.NOT_RUN:
                return True
            outcomes.append(outcome_of(case, answer))
            # A child that sent something else than an answer is not asked again.
            if not child.alive or outcomes[-1].ending is Ending.CRASHED:
                return False
            if time.monotonic() > deadline:
                outcomes += [_overdue(late, limits) for late in cases[len(outcomes) :]]
                return False
    return False


def _requests(cases: Sequence[Case], limits: Limits) -> list[Request]:
    return [_request(case, limits) for case in cases]


@lru_cache(maxsize=1024)  # the same for every submission
def _request(case: Case, limits: Limits) -> Request:
    header, body = wire.case_request(case.program, case.given)
    expected = sum(array.nbytes for array in case.expected.values())
    given = sum(as_array(value).nbytes for value in case.given.values())
    allowance = Allowance(
        cpu=limits.case_cpu,
        wall=limits.case_wall,
        text=limits.output,
        reply=reply_cap(limits, expected + given),
    )
    return Request(framing.CASE, msgspec.json.encode(header), body, allowance)


def outcome_of(case: Case, answer: Answer) -> Outcome:
    """Return the outcome of a case that was asked for: for equal bytes, the same one."""
    if answer.ending is not Ending.ANSWERED:
        return _ended(case, answer)
    is_small = len(answer.header) + len(answer.body) + len(answer.text) <= _REMEMBERED_BYTES
    decode = _remembered if is_small else _decoded
    return decode(case, answer.header, answer.body, answer.text)


def _decoded(case: Case, header: bytes, body: bytes, text: str) -> Outcome:
    decoded = wire.decode_case(header, body)
    if isinstance(decoded, wire.Malformed):
        return _ended(case, _unreadable(decoded, text))
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
        text=text,
        reason=reason,
    )


# In a class, most are right, and many are wrong in the same way.
_remembered = lru_cache(maxsize=4096)(_decoded)


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
    )


def _overdue(case: Case, limits: Limits) -> Outcome:
    reason = f"the submission as a whole had used its {limits.submission_wall:g} s"
    return _ended(case, Answer(ending=Ending.TIMED_OUT, reason=reason))


def _unreadable(malformed: wire.Malformed, text: str) -> Answer:
    reason = f"it sent {malformed.why} in place of an answer"
    return Answer(ending=Ending.CRASHED, reason=reason, text=text)
