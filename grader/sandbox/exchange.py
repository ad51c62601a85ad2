"""One request and its answer over three pipes, under a clock; never blocking on any of them."""

import contextlib
import os
import select
import time

from grader.model import Ending, Record
from grader.sandbox import framing
from grader.sandbox.policy import MAX_HEADER

# What is said of a child that ended by itself, until it is known how.
ENDED = "it ended"
_PIPE_BYTES = 1 << 16


class Allowance(Record, frozen=True):
    """What one request may use: CPU and wall seconds, bytes of text and of answer."""

    cpu: float
    wall: float
    text: int
    reply: int


class Exchange:
    """One request and its answer over three pipes, without ever blocking on any of them."""

    def __init__(self, requests: int, answers: int, text: int, allowance: Allowance) -> None:
        self.token = os.urandom(16)
        self.requests = requests
        self.answers = answers
        self.text_pipe = text
        self.allowance = allowance
        self.outgoing = memoryview(b"")
        self.incoming = bytearray()
        self.text = bytearray()
        self.header = b""
        self.body = b""
        self.start = time.monotonic()
        self.elapsed = 0.0

    def run(self, pidfd: int, clock: int, before: float) -> tuple[Ending, str]:
        """Move bytes until there is an answer, or a reason why there will be none."""
        poller = select.poll()
        for descriptor in (self.answers, self.text_pipe, pidfd):
            poller.register(descriptor, select.POLLIN)
        poller.register(self.requests, select.POLLOUT)
        result = self.read_early()
        while result is None:
            events = dict(poller.poll(self.patience(clock, before) * 1000))
            result = self.handle(events, poller, pidfd) or self.overtime(clock, before)
        self.elapsed = time.monotonic() - self.start
        self.drain(self.text_pipe, self.text, self.allowance.text)
        return result

    def read_early(self) -> tuple[Ending, str] | None:
        """Refuse to go on where bytes lie ready that nobody asked for."""
        with contextlib.suppress(BlockingIOError):
            if os.read(self.answers, 1):
                return Ending.CRASHED, "it wrote to the grader's own channel"
        return None

    def patience(self, clock: int, before: float) -> float:
        """Return for how long nothing can go over its time: CPU time is no faster than wall."""
        used = cpu_seconds(clock, before)
        wall = time.monotonic() - self.start
        return max(0.001, min(self.allowance.cpu - used, self.allowance.wall - wall))

    def overtime(self, clock: int, before: float) -> tuple[Ending, str] | None:
        """Tell whether the child has used up its processor time, or ours."""
        if cpu_seconds(clock, before) > self.allowance.cpu:
            return Ending.TIMED_OUT, f"it was still computing after {self.allowance.cpu:g} s"
        if time.monotonic() - self.start > self.allowance.wall:
            return Ending.TIMED_OUT, f"it did not return within {self.allowance.wall:g} s"
        return None

    def handle(
        self, events: dict[int, int], poller: select.poll, pidfd: int
    ) -> tuple[Ending, str] | None:
        """Move what can be moved; return how the exchange ended, if it did."""
        if self.requests in events:
            self.feed(poller)
        if not self.drain(self.text_pipe, self.text, self.allowance.text):
            return Ending.FLOODED, f"it printed more than {self.allowance.text} bytes"
        if not self.drain(self.answers, self.incoming, self.allowance.reply + 4096):
            return Ending.FLOODED, "it answered with more bytes than any right answer has"
        result = self.reply()
        if result is None and pidfd in events:
            result = Ending.CRASHED, ENDED
        for descriptor in (self.text_pipe, self.answers):
            if events.get(descriptor) == select.POLLHUP:  # closed by the child, which goes on
                poller.unregister(descriptor)
        return result

    def feed(self, poller: select.poll) -> None:
        """Send some of the request."""
        try:
            written = os.write(self.requests, self.outgoing[:_PIPE_BYTES])
        except BlockingIOError:
            return
        except OSError:  # the child is gone, or closed its end: its pidfd or the clock will tell
            written = len(self.outgoing)
        self.outgoing = self.outgoing[written:]
        if not self.outgoing:
            poller.unregister(self.requests)

    def drain(self, descriptor: int, into: bytearray, cap: int) -> bool:
        """Read what is there; tell whether it all fits."""
        while True:
            try:
                part = os.read(descriptor, _PIPE_BYTES)
            except BlockingIOError:
                return True
            if not part:
                return True
            into += part
            if len(into) > cap:
                return False

    def reply(self) -> tuple[Ending, str] | None:
        """Take the reply once it is whole; any other bytes are not an answer."""
        if len(self.incoming) < framing.PREFIX.size:
            return None
        kind, token, header, body = framing.PREFIX.unpack_from(self.incoming)
        if token != self.token or kind != framing.REPLY:
            return Ending.CRASHED, "it wrote to the grader's own channel"
        if header > MAX_HEADER + self.allowance.reply or body > self.allowance.reply:
            return Ending.FLOODED, "it answered with more bytes than any right answer has"
        start = framing.PREFIX.size + header
        if len(self.incoming) < start + body:
            return None
        if len(self.incoming) > start + body:
            return Ending.CRASHED, "it wrote to the grader's own channel"
        self.header = bytes(self.incoming[framing.PREFIX.size : start])
        self.body = bytes(self.incoming[start:])
        return Ending.ANSWERED, ""


def cpu_seconds(clock: int, before: float) -> float:
    """Return the CPU seconds of a child since `before`; of one that has ended, none."""
    try:
        return time.clock_gettime(clock) - before
    except OSError:
        return 0.0
