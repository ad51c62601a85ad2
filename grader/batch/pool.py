"""Workers, one for each core: forked, asked by number, answering with bytes. Alone starts them.

A worker has a fork server of its own, grades, and writes the files of what it graded; this side
only writes results down. Nothing is pickled: a number goes in, bytes come out.
"""

import contextlib
import logging
import os
import select
import signal
import socket
import struct
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import NoReturn, TypeAlias

from grader.errors import GraderError

_log = logging.getLogger("grader")
_NUMBER, _LENGTH = struct.Struct(">I"), struct.Struct(">I")
_READY = 0xFFFFFFFF

Work: TypeAlias = Callable[[int], bytes]
# Entered in each worker: what it needs to work with.
Bench: TypeAlias = Callable[[], AbstractContextManager[Work]]


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0))


def done_by(bench: Bench, tasks: int, workers: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield each of `tasks` numbers with what came of it, as it is had; None where a worker died.

    A worker that dies costs what it was at, and is replaced.
    """
    queue = deque(range(tasks))
    team: list[_Worker] = []
    stillborn = 0
    while len(team) < min(workers, tasks):
        team.append(_Worker(bench, team))
    try:
        while team:
            ready, _, _ = select.select([worker.socket for worker in team], [], [])
            for worker in [one for one in team if one.socket in ready]:
                task, answer = worker.take()
                if answer is not None and queue:
                    worker.give(queue.popleft())
                else:
                    team.remove(worker)
                    worker.close()
                    stillborn += answer is None and task is None
                    if answer is None and queue and stillborn <= workers:
                        team.append(_Worker(bench, team))
                if task is not None:  # whoever takes the answer holds no worker up
                    yield task, answer
    finally:
        for worker in team:
            worker.close()
    yield from ((task, None) for task in queue)  # no worker could be had for them


class _Worker:
    """A forked process; it is busy with `task`, or has just started."""

    def __init__(self, bench: Bench, others: "Sequence[_Worker]") -> None:
        self.socket, theirs = socket.socketpair()
        self.task: int | None = None
        self._pid = forked(signal.SIGINT)  # who was interrupted closes the socket
        if self._pid == 0:
            for one in (self, *others):  # or another's end would not be seen while this one lives
                one.socket.close()
            _serve(bench, theirs)
        theirs.close()

    def give(self, task: int) -> None:
        """Set a task."""
        self.task = task
        _send(self.socket, _NUMBER.pack(task))

    def take(self) -> tuple[int | None, bytes | None]:
        """Return the task that was done, and its answer; None for a worker that has died."""
        length = _exactly(self.socket, _LENGTH.size)
        if length is None:
            return self.task, None
        (size,) = _LENGTH.unpack(length)
        if size == _READY:
            return None, b""
        return self.task, _exactly(self.socket, size)

    def close(self) -> None:
        """Let the worker end, and see that it has."""
        self.socket.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._pid, 0)


def _serve(bench: Bench, requests: socket.socket) -> NoReturn:
    """Do tasks until the other side hangs up."""
    status = 1
    try:
        with bench() as work:
            _send(requests, _LENGTH.pack(_READY))
            while (number := _exactly(requests, _NUMBER.size)) is not None:
                answer = work(*_NUMBER.unpack(number))
                _send(requests, _LENGTH.pack(len(answer)) + answer)
        status = 0
    except (GraderError, OSError) as error:
        _log.error("a worker ended: %s", error)
    except Exception:
        logging.getLogger("grader").exception("a worker ended")
    finally:
        os._exit(status)


def forked(*ignored: signal.Signals) -> int:
    """Fork; the child ignores signals from its first moment on, or it would do the parent's work.

    As Ctrl-C raises in Python, a child that had one before it ignored it would leave by the way
    that its parent came, and clean up after it.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ignored)
    try:
        pid = os.fork()
        if pid == 0:
            for one in ignored:
                signal.signal(one, signal.SIG_IGN)
        return pid
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _send(stream: socket.socket, data: bytes) -> None:
    """Send, unless the other side has gone: that shows when it is read from."""
    with contextlib.suppress(OSError):
        stream.sendall(data)


def _exactly(stream: socket.socket, count: int) -> bytes | None:
    """Read `count` bytes; None where the other side has gone."""
    data = bytearray()
    while len(data) < count:
        try:
            part = stream.recv(count - len(data))
        except OSError:
            return None
        if not part:
            return None
        data += part
    return bytes(data)
