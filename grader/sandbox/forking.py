"""A fork server and its children: where this system has them, the best kind of guest.

`ForkServer` holds the server; each child is a fork of it, locked before it reads a byte of student
code.
"""

import contextlib
import fcntl
import mmap
import os
import select
import signal
import socket
import struct

import msgspec

from grader.errors import SandboxError
from grader.model import Ending
from grader.sandbox import framing
from grader.sandbox.exchange import ENDED, Allowance
from grader.sandbox.keeper import LOST, NOTHING, SHOWN_TEXT, Answer, Hello, Keeper, start_guest
from grader.sandbox.pipes import PipeExchange, cpu_seconds
from grader.sandbox.policy import SERVER_START_SECONDS
from grader.wording import Phrase, say

_WORDS = struct.Struct(">II")
_KERNEL_CPU_CLOCK = (
    2  # clock id of a process' CPU time: (~pid << 3) | 2, see clock_getcpuclockid(3)
)


class _ServerGone(Exception):  # noqa: N818 - becomes an Answer
    """The fork server itself has ended or no longer answers."""


class ForkServer(Keeper):
    """A fork server and its children."""

    def _boot(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = start_guest(
                self.policy,
                serves_author=self.serves_author,
                stream=NOTHING,
                descriptors=(theirs.fileno(),),
            )
        self._control = ours
        self._control.settimeout(SERVER_START_SECONDS)
        self._hello: Hello | None = None
        self.has_unreaped = False

    @property
    def hello(self) -> Hello:
        """Return what the server said when it was ready, waiting for it once."""
        if self._hello is None:
            try:
                said = self._control.recv(4096)
            except OSError:
                said = b""
            if not said:
                raise SandboxError(
                    f"the process for student code did not start: {self._last_words()}",
                    "run `python -c 'import numpy'` with the same Python to see whether it works",
                )
            self._hello = msgspec.json.decode(said, type=Hello)
        return self._hello

    def _last_words(self) -> str:
        self._process.kill()
        errors = self._process.stderr.read() if self._process.stderr else b""
        lines = errors.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def close(self) -> None:
        """End the server and everything it started."""
        self._control.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stderr:
            self._process.stderr.close()

    def _new_child(self) -> "ForkedChild":
        return ForkedChild(self)

    def order(self, order: bytes, descriptors: tuple[int, ...] = ()) -> tuple[bytes, list[int]]:
        """Send the server one order; return its reply, or _ServerGone where there is none."""
        try:
            if self.has_unreaped:  # killed before, and dead by now
                self.has_unreaped = False
                self._control.send(b"W")
                self._control.recv(64)
            socket.send_fds(self._control, [order], list(descriptors))
            reply, handles, _, _ = socket.recv_fds(self._control, 64, 1)
        except OSError as error:
            raise _ServerGone(str(error)) from error
        if not reply:
            raise _ServerGone("it closed its socket")
        return reply, handles


class ForkedChild:
    """One locked process, with a pipe each for requests, answers and text."""

    def __init__(self, keeper: ForkServer) -> None:
        self._keeper = keeper
        self._pidfd = -1
        self._ended = False
        requests_out, self._requests = os.pipe2(os.O_CLOEXEC)
        self._answers, answers_in = os.pipe2(os.O_CLOEXEC)
        self._text, text_in = os.pipe2(os.O_CLOEXEC)
        # One page that the child writes its step and its peak of memory to: no system call.
        self._shared = os.memfd_create("step", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self._shared, mmap.PAGESIZE)
        fcntl.fcntl(self._shared, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
        theirs = (requests_out, answers_in, text_in, self._shared)
        try:
            _, (self._pidfd,) = keeper.order(b"F", theirs)
            self._clock = (~_number(self._pidfd) << 3) | _KERNEL_CPU_CLOCK
        except (_ServerGone, ValueError):
            self._ended = True
        finally:
            for descriptor in theirs[:3]:
                os.close(descriptor)
        for descriptor in (self._requests, self._answers, self._text):
            os.set_blocking(descriptor, False)

    @property
    def alive(self) -> bool:
        """Tell whether this child can be asked anything more."""
        return not self._ended

    def ask(self, kind: int, header: object, body: bytes, allowance: Allowance) -> Answer:
        """Send one request and wait for its answer, the child's end, or the end of its time."""
        if self._ended:
            return LOST
        exchange = PipeExchange(self._requests, self._answers, self._text, allowance)
        exchange.outgoing = memoryview(framing.frame(kind, exchange.token, header, body))
        os.pwrite(self._shared, bytes(_WORDS.size), 0)
        before = cpu_seconds(self._clock, 0.0)
        ending, reason = exchange.run(self._pidfd, self._clock, before)
        cpu = before + cpu_seconds(self._clock, before)
        step, peak = self._told()
        if ending is not Ending.ANSWERED:
            ending, reason, cpu, peak = self._end(ending, reason)
        return Answer(
            ending=ending,
            reason=reason,
            header=exchange.header,
            body=exchange.body,
            text=bytes(exchange.text[:SHOWN_TEXT]).decode(errors="replace"),
            step=step,
            cpu=max(0.0, cpu - before),
            wall=exchange.elapsed,
            peak=peak,
        )

    def _told(self) -> tuple[int | None, int]:
        """Return the step that is under way, and the peak of memory in bytes: the child's claim."""
        word, kilobytes = _WORDS.unpack(os.pread(self._shared, _WORDS.size, 0))
        return word - 1 if word else None, kilobytes * 1024

    def _end(self, ending: Ending, reason: Phrase) -> tuple[Ending, Phrase, float, int]:
        """Kill and reap the child; what ended it wins over what was guessed of it."""
        self._kill()
        select.select([self._pidfd], [], [], SERVER_START_SECONDS)
        try:
            status, cpu, peak = struct.unpack(">idQ", self._keeper.order(b"W")[0])
        except (_ServerGone, struct.error):
            return Ending.NOT_RUN, say("the process that runs student code was lost"), 0.0, 0
        if reason == ENDED:
            reason = _how_it_ended(status)
            if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
                ending = Ending.TIMED_OUT
        return ending, reason, cpu, peak

    def _kill(self) -> None:
        self._ended = True
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def close(self) -> None:
        """End the child, whatever it is doing."""
        if not self._ended:
            # Nobody waits for the end of a child that has said all it was asked.
            self._kill()
            self._keeper.has_unreaped = True
        if self._pidfd >= 0:
            os.close(self._pidfd)
        for descriptor in (self._requests, self._answers, self._text, self._shared):
            os.close(descriptor)


def _number(pidfd: int) -> int:
    """Return the number that a process has for us; ValueError where it has ended."""
    descriptor = os.open(f"/proc/self/fdinfo/{pidfd}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        told = os.read(descriptor, mmap.PAGESIZE)
    finally:
        os.close(descriptor)
    number = int(told.partition(b"Pid:")[2].split()[0])
    if number <= 0:
        raise ValueError("that process has ended")
    return number


def _how_it_ended(status: int) -> Phrase:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGSYS:
            return say("it asked the system for something that is not allowed")
        name = signal.Signals(number).name if number in set(signal.Signals) else str(number)
        return say("Python itself was ended by {signal}", signal=name)
    status = os.WEXITSTATUS(status)
    return say("Python was left with exit status {status} in the middle of a call", status=status)
