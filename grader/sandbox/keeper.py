"""Starts, feeds and kills guests: the one place that does.

A `Keeper` holds a fork server; `child()` forks a fresh, locked process; `Child.ask` sends one
request and waits for its answer for as long as the limits allow. This side holds the clock and
kills; it never waits for a promise from the child.
"""

import contextlib
import fcntl
import mmap
import os
import select
import signal
import socket
import struct
import subprocess  # noqa: TID251 - this is the module that starts processes
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from grader.errors import SandboxError
from grader.model import Ending, Record
from grader.sandbox import framing
from grader.sandbox.exchange import ENDED, Allowance, Exchange, cpu_seconds
from grader.sandbox.policy import SERVER_START_SECONDS, Policy, environment

_SHOWN_TEXT = 1 << 14
_KERNEL_CPU_CLOCK = (
    2  # clock id of a process' CPU time: (~pid << 3) | 2, see clock_getcpuclockid(3)
)


class Answer(Record, frozen=True):
    """How a request ended; `header` and `body` are an answer's where there is one."""

    ending: Ending
    reason: str
    header: bytes = b""
    body: bytes = b""
    text: str = ""
    step: int | None = None
    cpu: float = 0.0
    wall: float = 0.0
    peak: int = 0


class _Hello(msgspec.Struct):
    left_out: dict[str, str]
    versions: dict[str, str]


class _ServerGone(Exception):  # noqa: N818 - becomes an Answer
    """The fork server itself has ended or no longer answers."""


class Keeper:
    """A fork server and its children; a context manager. Not for use by several threads."""

    def __init__(self, policy: Policy, *, serves_author: bool = False) -> None:
        if not hasattr(os, "pidfd_open"):
            raise SandboxError(
                "student code cannot be run on this system: it has no pidfd",
                "grade on Linux 5.3 or newer (a virtual machine or a container will do)",
            )
        self.policy = policy
        self.serves_author = serves_author
        self._boot()

    def _boot(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        config = {
            "site": self.policy.site,
            "packages": self.policy.packages,
            "paths": self.policy.paths,
            "without": self.policy.without,
            "limits": self.policy.limits,
            "serves_author": self.serves_author,
        }
        with theirs:
            descriptor = theirs.fileno()
            self._process = subprocess.Popen(  # noqa: S603 - our own server, by path
                [
                    self.policy.python,
                    "-I",
                    "-S",
                    self.policy.server,
                    msgspec.json.encode(config).decode(),
                    str(descriptor),
                ],
                env=environment(os.environ),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(descriptor,),
                start_new_session=True,
            )
        self._control = ours
        self._control.settimeout(SERVER_START_SECONDS)
        self._hello: _Hello | None = None
        self.has_unreaped = False

    @property
    def hello(self) -> _Hello:
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
            self._hello = msgspec.json.decode(said, type=_Hello)
        return self._hello

    def _last_words(self) -> str:
        self._process.kill()
        errors = self._process.stderr.read() if self._process.stderr else b""
        lines = errors.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    @property
    def versions(self) -> dict[str, str]:
        """Return the versions that outcomes depend on."""
        return self.hello.versions

    def restart(self) -> None:
        """Replace a fork server that has ended."""
        self.close()
        self._boot()

    def close(self) -> None:
        """End the server and everything it started."""
        self._control.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stderr:
            self._process.stderr.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextlib.contextmanager
    def child(self) -> Iterator["Child"]:
        """Fork a fresh child; it is dead when the block ends."""
        _ = self.hello
        child = Child(self)
        try:
            yield child
        finally:
            child.close()

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


class Child:
    """One locked process, with a pipe each for requests, answers and text."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._pidfd = -1
        self._ended = False
        requests_out, self._requests = os.pipe2(os.O_CLOEXEC)
        self._answers, answers_in = os.pipe2(os.O_CLOEXEC)
        self._text, text_in = os.pipe2(os.O_CLOEXEC)
        # One page that the child writes its current step to: it costs no system call.
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
            return Answer(ending=Ending.NOT_RUN, reason="the process for student code was lost")
        exchange = Exchange(self._requests, self._answers, self._text, allowance)
        exchange.outgoing = memoryview(framing.frame(kind, exchange.token, header, body))
        os.pwrite(self._shared, bytes(4), 0)
        before = cpu_seconds(self._clock, 0.0)
        ending, reason = exchange.run(self._pidfd, self._clock, before)
        cpu, peak = 0.0, 0
        if ending is not Ending.ANSWERED:
            ending, reason, cpu, peak = self._end(ending, reason)
        else:
            cpu = before + cpu_seconds(self._clock, before)
        return Answer(
            ending=ending,
            reason=reason,
            header=exchange.header,
            body=exchange.body,
            text=bytes(exchange.text[:_SHOWN_TEXT]).decode(errors="replace"),
            step=self._step(),
            cpu=max(0.0, cpu - before),
            wall=exchange.elapsed,
            peak=peak,
        )

    def _step(self) -> int | None:
        """Return the step that the child says is under way: a claim, told in messages alone."""
        (word,) = struct.unpack(">I", os.pread(self._shared, 4, 0))
        return word - 1 if word else None

    def _end(self, ending: Ending, reason: str) -> tuple[Ending, str, float, int]:
        """Kill and reap the child; what ended it wins over what was guessed of it."""
        self._kill()
        select.select([self._pidfd], [], [], SERVER_START_SECONDS)
        try:
            status, cpu, peak = struct.unpack(">idQ", self._keeper.order(b"W")[0])
        except (_ServerGone, struct.error):
            return Ending.NOT_RUN, "the process that runs student code was lost", 0.0, 0
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
    told = Path(f"/proc/self/fdinfo/{pidfd}").read_text(encoding="ascii")
    number = int(told.partition("Pid:")[2].split()[0])
    if number <= 0:
        raise ValueError("that process has ended")
    return number


def _how_it_ended(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGSYS:
            return "it asked the system for something that is not allowed"
        name = signal.Signals(number).name if number in set(signal.Signals) else str(number)
        return f"Python itself was ended by {name}"
    return f"Python was left with exit status {os.WEXITSTATUS(status)} in the middle of a call"
