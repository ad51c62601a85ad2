"""Where this system cannot fork: interpreters for one submission each, one of them started ahead.

Nothing locks them, and only the clock on the wall bounds them: the tier is none, which will do for
a student who tries their own code. Nothing here is particular to one operating system.
"""

import contextlib
import os
import queue
import signal
import threading
import time
from collections.abc import Callable

import msgspec

from grader.errors import SandboxError
from grader.model import Ending
from grader.sandbox import framing
from grader.sandbox.exchange import ENDED, Allowance, Exchange
from grader.sandbox.keeper import (
    LOST,
    PIPE,
    SHOWN_TEXT,
    WITH_OUTPUT,
    Answer,
    Hello,
    Keeper,
    start_guest,
)
from grader.sandbox.policy import SERVER_START_SECONDS, Policy
from grader.wording import Phrase, say

_READ_BYTES = 1 << 16
_AHEAD = 16  # pieces that are read before anyone takes them: a flood waits in its own process
_LAYERS = ("limits", "filter", "landlock", "namespaces", "root", "user")
_WHY = "this system cannot fork a locked process"


class Spares(Keeper):
    """Interpreters for one submission each; the next one starts while one is used."""

    def _boot(self) -> None:
        self._next = Spare(self.policy, serves_author=self.serves_author)
        self._hello: Hello | None = None

    @property
    def hello(self) -> Hello:
        """Return what the spare interpreter said when it was ready, waiting for it once."""
        if self._hello is None:
            told = self._next.hello()
            self._hello = Hello(left_out=dict.fromkeys(_LAYERS, _WHY), versions=told.versions)
        return self._hello

    def _new_child(self) -> "Spare":
        taken = self._next
        self._next = Spare(self.policy, serves_author=self.serves_author)
        taken.hello()
        return taken

    def close(self) -> None:
        """End the spare one; those that were given out end with their blocks."""
        self._next.close()


class Spare:
    """One interpreter: requests by its standard input; text and answers by its standard output.

    They share a stream so that they keep their order, and an answer is found by its token. A thread
    reads it into a queue, since not every system can wait for a pipe and a clock.
    """

    def __init__(self, policy: Policy, *, serves_author: bool) -> None:
        self._process = start_guest(
            policy, serves_author=serves_author, stream=PIPE, errors=WITH_OUTPUT
        )
        self._pieces: queue.Queue[bytes] = queue.Queue(_AHEAD)
        self._open = True
        self._hello: Hello | None = None
        _in_background(self._read)

    def _read(self) -> None:
        """Read the output to its end, which is an empty piece."""
        piece = b"first"
        while piece and self._process.stdout is not None:
            piece = self._process.stdout.read(_READ_BYTES)
            self._pieces.put(piece)

    def _write(self, data: bytes) -> None:
        with contextlib.suppress(OSError, ValueError):  # it has ended: its output will tell
            view = memoryview(data)
            while view and self._process.stdin is not None:
                view = view[self._process.stdin.write(view) :]

    def hello(self) -> Hello:
        """Return what the interpreter said when it was ready; SandboxError where it said none."""
        if self._hello is None:
            allowance = Allowance(cpu=0.0, wall=SERVER_START_SECONDS, text=1 << 16, reply=1 << 16)
            exchange = Exchange(allowance)
            while not exchange.incoming.endswith(b"\n") and self._ended(exchange) is None:
                self._take(exchange)
            said = exchange.incoming.decode(errors="replace").strip().splitlines() or ["no word"]
            try:
                self._hello = msgspec.json.decode(said[-1], type=Hello)
            except msgspec.DecodeError as error:
                raise SandboxError(
                    f"the process for student code did not start: {said[-1]}",
                    "run `python -c 'import numpy'` with the same Python to see whether it works",
                ) from error
        return self._hello

    @property
    def alive(self) -> bool:
        """Tell whether this interpreter can be asked anything more."""
        return self._process.poll() is None

    def ask(self, kind: int, header: object, body: bytes, allowance: Allowance) -> Answer:
        """Send one request and wait for its answer, the process' end, or the end of its time."""
        if not self.alive:
            return LOST
        exchange = Exchange(allowance)
        frame = framing.frame(kind, exchange.token, header, body)
        _in_background(self._write, frame)
        mark = bytes([framing.REPLY]) + exchange.token
        result = None
        while result is None:
            self._take(exchange)
            _set_text_apart(exchange, mark)
            result = exchange.flooded()
            if result is None and exchange.incoming.startswith(mark):
                result = exchange.reply()
            result = result or self._ended(exchange)
        ending, reason = result
        if ending is not Ending.ANSWERED:
            self._kill()
            exchange.text += exchange.incoming
        if reason == ENDED:
            reason = say(
                "Python was ended in the middle of a call, by {signal}", signal=self._status()
            )
        return Answer(
            ending=ending,
            reason=reason,
            header=exchange.header,
            body=exchange.body,
            text=bytes(exchange.text[:SHOWN_TEXT]).decode(errors="replace"),
            wall=time.monotonic() - exchange.start,
        )

    def _take(self, exchange: Exchange) -> None:
        """Take the next piece, if there is one in time."""
        patience = exchange.start + exchange.allowance.wall - time.monotonic()
        with contextlib.suppress(queue.Empty):
            piece = self._pieces.get(timeout=max(0.001, patience))
            self._open = bool(piece)
            exchange.incoming += piece

    def _ended(self, exchange: Exchange) -> tuple[Ending, Phrase] | None:
        """Tell whether there will be no answer: its stream has ended, or its time."""
        return exchange.overtime() if self._open else (Ending.CRASHED, ENDED)

    def _status(self) -> str:
        code = self._process.returncode
        names = {-int(one): one.name for one in signal.Signals} if os.name == "posix" else {}
        return names.get(code, f"exit status {code}")

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End the interpreter, whatever it is doing, and let the thread that reads it end."""
        self._kill()
        rest = Exchange(Allowance(cpu=0.0, wall=1.0, text=0, reply=0))
        while self._ended(rest) is None:  # a process that it started may hold its output open
            self._take(rest)
            rest.incoming.clear()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _set_text_apart(exchange: Exchange, mark: bytes) -> None:
    """Take what stands before an answer's mark as text; of a mark, the end may yet come."""
    at = exchange.incoming.find(mark)
    at = at if at >= 0 else max(0, len(exchange.incoming) - len(mark))
    exchange.text += exchange.incoming[:at]
    del exchange.incoming[:at]


def _in_background(target: Callable[..., None], *arguments: object) -> None:
    threading.Thread(target=target, args=arguments, daemon=True).start()
