"""An exchange over three pipes, under a clock; never blocking on any of them."""

import contextlib
import os
import select
import time

from grader.model import Ending
from grader.sandbox.exchange import ENDED, NOT_ASKED, Allowance, Exchange
from grader.wording import Phrase, say

_PIPE_BYTES = 1 << 16


class PipeExchange(Exchange):
    """One request and its answer over three pipes, without ever blocking on any of them."""

    def __init__(self, requests: int, answers: int, text: int, allowance: Allowance) -> None:
        super().__init__(allowance)
        self.requests = requests
        self.answers = answers
        self.text_pipe = text
        self.outgoing = memoryview(b"")

    def run(self, pidfd: int, clock: int, before: float) -> tuple[Ending, Phrase]:
        """Move bytes until there is an answer, or a reason why there will be none."""
        self.start = time.monotonic()
        result = self.read_early() or self.wait(pidfd, clock, before)
        self.elapsed = time.monotonic() - self.start
        self.drain(self.text_pipe, self.text, self.allowance.text)
        return result

    def wait(self, pidfd: int, clock: int, before: float) -> tuple[Ending, Phrase]:
        """Move bytes as they come."""
        poller = select.poll()
        for descriptor in (self.answers, self.text_pipe, pidfd):
            poller.register(descriptor, select.POLLIN)
        if self.outgoing:
            poller.register(self.requests, select.POLLOUT)
            self.feed(poller)
        result = None
        while result is None:
            events = dict(poller.poll(self.patience(clock, before) * 1000))
            result = self.handle(events, poller, pidfd) or self.overused(clock, before)
        return result

    def read_early(self) -> tuple[Ending, Phrase] | None:
        """Refuse to go on where bytes lie ready that nobody asked for."""
        with contextlib.suppress(BlockingIOError):
            if os.read(self.answers, 1):
                return NOT_ASKED
        return None

    def patience(self, clock: int, before: float) -> float:
        """Return for how long nothing can go over its time: CPU time is no faster than wall."""
        used = cpu_seconds(clock, before)
        wall = time.monotonic() - self.start
        return max(0.001, min(self.allowance.cpu - used, self.allowance.wall - wall))

    def overused(self, clock: int, before: float) -> tuple[Ending, Phrase] | None:
        """Tell whether the child has used up its processor time, or ours."""
        if cpu_seconds(clock, before) > self.allowance.cpu:
            return Ending.TIMED_OUT, say(
                "it was still computing after {seconds} s", seconds=f"{self.allowance.cpu:g}"
            )
        return self.overtime()

    def handle(
        self, events: dict[int, int], poller: select.poll, pidfd: int
    ) -> tuple[Ending, Phrase] | None:
        """Move what can be moved; return how the exchange ended, if it did."""
        if self.requests in events:
            self.feed(poller)
        if self.text_pipe in events:
            self.drain(self.text_pipe, self.text, self.allowance.text)
        self.drain(self.answers, self.incoming, self.allowance.reply + 4096)
        result = self.flooded() or self.reply()
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

    def drain(self, descriptor: int, into: bytearray, cap: int) -> None:
        """Read what is there, until it is more than `cap`."""
        while len(into) <= cap:
            try:
                part = os.read(descriptor, _PIPE_BYTES)
            except BlockingIOError:
                return
            if not part:
                return
            into += part
            if len(part) < _PIPE_BYTES:  # nothing more for now
                return


def cpu_seconds(clock: int, before: float) -> float:
    """Return the CPU seconds of a child since `before`; of one that has ended, none."""
    try:
        return time.clock_gettime(clock) - before
    except OSError:
        return 0.0
