"""One submission's conversation with its guests: load its definitions, then case by case.

The death of a child costs the case that it died in; the next child goes on with the one after.
Cases are asked for in the order given, so a caller that puts the public ones first knows that
their text and arrays were made by a process which had not seen a hidden input.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import lru_cache
from types import TracebackType
from typing import Self

import msgspec

from grader.model import (
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
from grader.sandbox.memory import Memory
from grader.sandbox.policy import reply_cap
from grader.sandbox.question import Asked, question_of, request_of
from grader.wording import UNSAID, say

_REMEMBERED_BYTES = 2048
_Way = Callable[[Sequence[Asked], Limits], list[Answer]]
_LOST = Answer(
    ending=Ending.NOT_RUN, reason=say("the process that runs student code was lost, twice")
)


class Session(Record, frozen=True):
    """What came of a submission: its definitions, text printed while loading, outcomes in order."""

    extracted: Extracted
    text: str
    outcomes: tuple[Outcome, ...]


class _Loaded(Record, frozen=True):
    """The outcome of loading: definitions, or the answer that says why there are none."""

    extracted: Extracted | None
    answer: Answer


class Conversation:
    """Asks a submission case by case, of one child after another; a context manager.

    What is in `memory` is not asked again, and what is answered is put there. A lost server is
    replaced, and its case tried again, once.
    """

    def __init__(
        self, keeper: Keeper, submission: Submission, limits: Limits, memory: Memory | None = None
    ) -> None:
        self._memory = memory or Memory()
        self._keeper = keeper
        self._submission = submission
        self._limits = limits
        self._children = ExitStack()
        self._child: tuple[Child, _Loaded] | None = None
        known = self._memory.loaded(limits)
        self._first = None if known is None else _loaded(known)
        self._retried = False
        # The CPU and wall seconds that a case took when some were asked for last.
        self._cpu, self._wall = 0.0, 0.0

    @property
    def extracted(self) -> Extracted:
        """Return the submission's definitions, as the first child that was asked found them."""
        return (self._first and self._first.extracted) or Extracted()

    @property
    def text(self) -> str:
        """Return what was printed while they were loaded."""
        return self._first.answer.text if self._first else ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._children.close()

    def each(self, cases: Sequence[Asked]) -> tuple[Outcome, ...]:
        """Ask for cases so that what is printed meanwhile is their own.

        In one breath as long as nothing is printed, else one at a time.
        """
        return self._ask(cases, self._limits, self._in_a_quiet_breath)

    def together(self, cases: Sequence[Asked], limits: Limits | None = None) -> tuple[Outcome, ...]:
        """Ask for cases in one breath; what is printed meanwhile is nobody's, and is dropped.

        They have the time of one case for it. Where they would need more, or where it does not go
        well, each is asked by itself.
        """
        return self._ask(cases, limits or self._limits, self._in_one_breath)

    def _ask(self, cases: Sequence[Asked], limits: Limits, answers_of: _Way) -> tuple[Outcome, ...]:
        recalled = self._memory.recalled(cases, limits)
        unknown = [case for case, known in zip(cases, recalled, strict=True) if known is None]
        answers = answers_of(unknown, limits)
        if answers:
            self._cpu = sum(one.cpu for one in answers) / len(answers)
            self._wall = sum(one.wall for one in answers) / len(answers)
        self._memory.note(unknown, limits, answers)
        rest = iter(answers)  # by place: cases of one id may differ in what they are given
        return tuple(
            outcome_of(case, next(rest) if known is None else known)
            for case, known in zip(cases, recalled, strict=True)
        )

    def _in_one_breath(self, cases: Sequence[Asked], limits: Limits) -> list[Answer]:
        had = self._breath(cases, limits)
        answers = self._one_by_one(cases, limits, had)
        return [msgspec.structs.replace(answer, text="") for answer in answers]

    def _in_a_quiet_breath(self, cases: Sequence[Asked], limits: Limits) -> list[Answer]:
        had = self._breath(cases, limits)
        if any(answer.text for answer in had):  # whose it is shows only when each is asked alone
            self._end_child()
            had = []
        return self._one_by_one(cases, limits, had)

    def _breath(self, cases: Sequence[Asked], limits: Limits) -> list[Answer]:
        """Ask a child for all cases at once; return no answer where one of them is none."""
        is_quick = (
            self._cpu * len(cases) < limits.case_cpu and self._wall * len(cases) < limits.case_wall
        )
        if not cases or not is_quick:
            return []
        child, loaded = self._ready()
        if child is None or loaded.extracted is None:
            return []
        answers = _parted(child.ask(framing.CASE, *_request(tuple(cases), limits)), len(cases))
        if all(_is_sound(*one, limits) for one in zip(cases, answers, strict=True)):
            return answers
        self._end_child()
        return []

    def _one_by_one(
        self, cases: Sequence[Asked], limits: Limits, had: Sequence[Answer] = ()
    ) -> list[Answer]:
        deadline = time.monotonic() + limits.submission_wall
        answers = list(had)
        while self._first is None or len(answers) < len(cases):
            child, loaded = self._ready()
            lost = loaded.answer.ending is Ending.NOT_RUN
            if child is not None and loaded.extracted is not None:
                lost = _rest(child, cases, limits, answers, deadline)
            elif not lost:
                answers += [loaded.answer for _ in cases[len(answers) :]]
            if self._first is None and (not lost or self._retried):
                self._first = loaded
                self._memory.note_loaded(self._limits, loaded.answer)
            if len(answers) < len(cases):
                self._end_child()
            if lost and self._retried:
                answers += [_LOST for _ in cases[len(answers) :]]
            elif lost:
                self._retried = True
                self._keeper.restart()
        return answers

    def _ready(self) -> tuple[Child | None, _Loaded]:
        """Return a child that has the definitions, or why there is none: it would be so again."""
        if self._first is not None and self._first.extracted is None:
            return None, self._first
        if self._child is not None and self._child[1].extracted is not None:
            if self._child[0].alive:
                return self._child
            self._end_child()
        if self._child is None:
            child = self._children.enter_context(self._keeper.child())
            self._child = child, _load(child, self._submission, self._limits)
        return self._child

    def _end_child(self) -> None:
        self._children.close()
        self._child = None


def run(keeper: Keeper, submission: Submission, cases: Sequence[Asked], limits: Limits) -> Session:
    """Run all cases of a submission, one at a time."""
    with Conversation(keeper, submission, limits) as talk:
        outcomes = talk.each(cases)
    return Session(extracted=talk.extracted, text=talk.text, outcomes=outcomes)


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
        return _Loaded(extracted=None, answer=_unreadable(extracted, answer.text))
    return _Loaded(extracted=extracted, answer=answer)


def _rest(
    child: Child, cases: Sequence[Asked], limits: Limits, had: list[Answer], deadline: float
) -> bool:
    """Ask a child for the cases that remain, until it ends; tell whether the server was lost."""
    for case in cases[len(had) :]:
        (answer,) = _parted(child.ask(framing.CASE, *_request((case,), limits)), 1)
        if answer.ending is Ending.NOT_RUN:
            return True
        had.append(answer)
        # A child that sent something else than an answer is not asked again.
        if not child.alive or outcome_of(case, answer).ending is Ending.CRASHED:
            return False
        if time.monotonic() > deadline:
            had += [overdue(limits) for _ in cases[len(had) :]]
            return False
    return False


@lru_cache(maxsize=16)  # the public and the hidden ones are the same for every submission
def _request(cases: tuple[Asked, ...], limits: Limits) -> tuple[object, bytes, Allowance]:
    """Return header and body that ask for cases, and what they may use: time and text of one."""
    asked = [question_of(case) for case in cases]
    header, body = request_of(asked)
    allowance = Allowance(
        cpu=limits.case_cpu,
        wall=limits.case_wall,
        text=limits.output,
        reply=sum(reply_cap(limits, one.room) for one in asked),
    )
    return msgspec.Raw(msgspec.json.encode(header)), body, allowance


def _parted(answer: Answer, count: int) -> list[Answer]:
    """Return the answer to each case; where there is none, what there is, for each."""
    if answer.ending is not Ending.ANSWERED:
        return [answer] * count
    parts = wire.decode_parts(answer.header, answer.body, count)
    if isinstance(parts, wire.Malformed):
        return [_unreadable(parts, answer.text)] * count
    cpu, wall = answer.cpu / count, answer.wall / count
    return [
        msgspec.structs.replace(answer, header=header, body=body, cpu=cpu, wall=wall)
        for header, body in parts
    ]


def _is_sound(case: Asked, answer: Answer, limits: Limits) -> bool:
    """Tell whether this is what the case, asked by itself, could have been answered with."""
    size = len(answer.header) + len(answer.body)
    return (
        answer.ending is Ending.ANSWERED
        and size <= reply_cap(limits, question_of(case).room)
        and outcome_of(case, answer).ending is not Ending.CRASHED
    )


def outcome_of(case: Asked, answer: Answer) -> Outcome:
    """Return the outcome of a case that was asked for: for equal bytes, the same one."""
    if answer.ending is not Ending.ANSWERED:
        return _ended(case, answer)
    is_small = len(answer.header) + len(answer.body) + len(answer.text) <= _REMEMBERED_BYTES
    decode = _remembered if is_small else _decoded
    return decode(case, answer.header, answer.body, answer.text)


def _decoded(case: Asked, header: bytes, body: bytes, text: str) -> Outcome:
    decoded = wire.decode_case(header, body)
    if isinstance(decoded, wire.Malformed):
        return _ended(case, _unreadable(decoded, text))
    ending, reason, absent = Ending.ANSWERED, UNSAID, ""
    if decoded.out_of_memory:
        ending, reason = Ending.OUT_OF_MEMORY, say("it asked for more memory than there is for it")
    elif decoded.problem is not None:
        ending = Ending.RAISED
    elif decoded.absent is not None:
        ending, absent = Ending.MISSING, decoded.absent
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
        absent=absent,
    )


# In a class, most are right, and many are wrong in the same way.
_remembered = lru_cache(maxsize=1024)(_decoded)


def _ended(case: Asked, answer: Answer) -> Outcome:
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


def overdue(limits: Limits) -> Answer:
    """Return what is said of cases that were not come to in a submission's time."""
    reason = say(
        "the submission as a whole had used its {seconds} s",
        seconds=f"{limits.submission_wall:g}",
    )
    return Answer(ending=Ending.TIMED_OUT, reason=reason)


def _unreadable(malformed: wire.Malformed, text: str) -> Answer:
    reason = say("it sent {what} in place of an answer", what=malformed.why)
    return Answer(ending=Ending.CRASHED, reason=reason, text=text)
