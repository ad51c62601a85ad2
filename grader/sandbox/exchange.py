"""One request and its answer: what a child may use for it, and when its answer is one."""

import os
import time

from grader.model import Ending, Record
from grader.sandbox import framing
from grader.sandbox.policy import MAX_HEADER
from grader.wording import UNSAID, Phrase, say

# What is said of a child that ended by itself, until it is known how.
ENDED = say("it ended")
TOO_MUCH = Ending.FLOODED, say("it answered with more bytes than any right answer has")
NOT_ASKED = Ending.CRASHED, say("it wrote to the grader's own channel")


class Allowance(Record, frozen=True):
    """What one request may use: CPU and wall seconds, bytes of text and of answer."""

    cpu: float
    wall: float
    text: int
    reply: int


class Exchange:
    """What has come in for one request so far; however it is moved."""

    def __init__(self, allowance: Allowance) -> None:
        self.token = os.urandom(16)
        self.allowance = allowance
        self.incoming = bytearray()
        self.text = bytearray()
        self.header = b""
        self.body = b""
        self.start = time.monotonic()
        self.elapsed = 0.0

    def overtime(self) -> tuple[Ending, Phrase] | None:
        """Tell whether the child has used up its time by the clock on the wall."""
        if time.monotonic() - self.start > self.allowance.wall:
            return Ending.TIMED_OUT, say(
                "it did not return within {seconds} s", seconds=f"{self.allowance.wall:g}"
            )
        return None

    def flooded(self) -> tuple[Ending, Phrase] | None:
        """Tell whether more has come than any right answer has, or more text than is taken."""
        if len(self.text) > self.allowance.text:
            return Ending.FLOODED, say(
                "it printed more than {count} bytes", count=self.allowance.text
            )
        if len(self.incoming) > self.allowance.reply + 4096:
            return TOO_MUCH
        return None

    def reply(self) -> tuple[Ending, Phrase] | None:
        """Take the reply once it is whole; any other bytes are not an answer."""
        if len(self.incoming) < framing.PREFIX.size:
            return None
        kind, token, header, body = framing.PREFIX.unpack_from(self.incoming)
        if token != self.token or kind != framing.REPLY:
            return NOT_ASKED
        if header > MAX_HEADER + self.allowance.reply or body > self.allowance.reply:
            return TOO_MUCH
        start = framing.PREFIX.size + header
        if len(self.incoming) < start + body:
            return None
        if len(self.incoming) > start + body:
            return NOT_ASKED
        self.header = bytes(self.incoming[framing.PREFIX.size : start])
        self.body = bytes(self.incoming[start:])
        return Ending.ANSWERED, UNSAID
