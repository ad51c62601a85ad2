"""What a submission answered, as bytes: in a ledger, and in a file between two machines.

Answers are as they came over the wire; nothing here is a verdict.
"""

import re
import zlib
from typing import TypeVar

import msgspec

from grader.model import Circumstances, Ending, Record, Submission
from grader.sandbox.keeper import SHOWN_TEXT, Answer
from grader.wording import UNSAID, Phrase

_QUICK = 1  # headers are alike and shrink at any level; numbers do at none
_OURS = ("grader", "assignment")  # they judge; that the guest is another shows in what is asked
_T = TypeVar("_T")


class Evidence(Record, frozen=True, array_like=True):
    """A submission and what it answered, in a certain place: behind which wall, by which Python."""

    submission: Submission
    place: str
    answers: dict[bytes, Answer]


class Unreadable(Record, frozen=True):
    """Bytes that no record was packed into, or one that is too large."""

    why: str


# All that a keeper says of how a request ended; in an answer file nothing else may be said.
REASONS = frozenset({
    "it answered with more bytes than any right answer has",
    "it asked the system for something that is not allowed",
    "it did not return within {seconds} s",
    "it printed more than {count} bytes",
    "it sent {what} in place of an answer",
    "it was still computing after {seconds} s",
    "it wrote to the grader's own channel",
    "Python itself was ended by {signal}",
    "Python was ended in the middle of a call, by {signal}",
    "Python was left with exit status {status} in the middle of a call",
    "the submission as a whole had used its {seconds} s",
})  # fmt: skip
_ENDINGS = (
    Ending.ANSWERED, Ending.CRASHED, Ending.OUT_OF_MEMORY, Ending.TIMED_OUT, Ending.FLOODED,
)  # fmt: skip
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_LONGEST, _MOST_STEPS = 400, 1 << 31


def is_plausible(answer: Answer) -> bool:
    """Tell whether a keeper can have said this of a guest: what it quotes may be anything."""
    return (
        answer.ending in _ENDINGS
        and (answer.reason == UNSAID or _is_reason(answer.reason))
        and len(answer.text) <= SHOWN_TEXT
        and (answer.step is None or 0 <= answer.step < _MOST_STEPS)
    )


def _is_reason(phrase: Phrase) -> bool:
    named = set(_PLACEHOLDER.findall(phrase.message))
    plain = [value for value in phrase.values.values() if not isinstance(value, Phrase)]
    return (
        phrase.message in REASONS
        and not phrase.many
        and phrase.values.keys() == named
        and len(plain) == len(named)
        and all(len(str(value)) <= _LONGEST for value in plain)
    )


def place_of(circumstances: Circumstances) -> str:
    """Return in words what an answer may depend on beside what was asked."""
    isolation, versions = circumstances.isolation, circumstances.versions
    told = [f"{name} {versions[name]}" for name in sorted(versions) if name not in _OURS]
    return ", ".join([isolation.tier, *isolation.layers, *told])


def packed(record: msgspec.Struct) -> bytes:
    """Return a record, and the answers in it, as bytes."""
    return zlib.compress(msgspec.msgpack.encode(record), _QUICK)


def unpacked(data: bytes, into: type[_T], most: int) -> _T | Unreadable:
    """Return the record that was packed, of `most` bytes; total, whatever the bytes are."""
    try:
        stream = zlib.decompressobj()
        plain = stream.decompress(data, most)
        if not stream.eof or stream.unused_data:
            return Unreadable("it is cut off, or too large")
        return msgspec.msgpack.decode(plain, type=into)
    except (zlib.error, msgspec.DecodeError, RecursionError) as error:
        return Unreadable(str(error))
