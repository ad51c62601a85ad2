"""What a pusher is told at once: the summary of the public cases, by a host that is warm.

A worker of the course listens on a socket in OUT that its owner alone may use, with a guest server
that is up. No hidden case is run in it. Where nobody listens, a hook does the same by itself.
"""

import contextlib
import fcntl
import logging
import os
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from grader.batch.roster import arrival, time_limit
from grader.errors import SubmissionError
from grader.grade import Grader
from grader.model import Assignment
from grader.push.asking import MOST, PATIENCE, TOO_SLOW, TooSlow, limited, place_of
from grader.push.hook import safe_lines
from grader.push.queue import Pushed
from grader.report.brief import brief
from grader.report.plain import lines
from grader.report.view import page
from grader.submission.bare import Bare, pushed

_BACKLOG = 256
_SECONDS = 5.0


def feedback(push: Pushed, grade_one: Grader) -> list[str]:
    """Return the summary of a push on the public cases."""
    wanted = grade_one.assignment.files
    try:
        submission = pushed(
            Bare(Path(push.repository)), push.oid, wanted, push.student, push.received_at
        )
    except SubmissionError as error:
        return safe_lines([f"This cannot be graded: {error.message}.", f"  Next: {error.hint}"])
    graded = grade_one(submission)
    summary = lines(brief(graded, page(graded)))
    told = [*summary, *_lateness(push, grade_one.assignment)]
    return safe_lines(told)


def _lateness(push: Pushed, assignment: Assignment) -> Iterator[str]:
    deadline = assignment.policy.deadline
    if deadline is not None:
        limit = time_limit(deadline)
        if arrival(push.received_at, limit) > limit:
            yield f"This is late: the deadline was {limit:%Y-%m-%d %H:%M %Z}."


@contextmanager
def listening(out: Path) -> Iterator[socket.socket | None]:
    """Yield a socket on which hooks ask; None where another worker has it, or none can be had."""
    with _alone(out) as alone, place_of(out) as place, socket.socket(socket.AF_UNIX) as listener:
        if not alone or not _binds(listener, place):
            yield None
            return
        try:
            yield listener
        finally:
            Path(place).unlink(missing_ok=True)


@contextmanager
def _alone(out: Path) -> Iterator[bool]:
    """Yield whether this worker may answer: one holds a lock on OUT itself until it ends."""
    folder = os.open(out, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield _locks(folder)
    finally:
        os.close(folder)


def _locks(folder: int) -> bool:
    with contextlib.suppress(OSError):
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _binds(listener: socket.socket, place: str) -> bool:
    """Listen where nobody but this user can ask, nor even for a moment could; False if not."""
    before = os.umask(0o177)
    try:
        Path(place).unlink(missing_ok=True)
        listener.bind(place)
    except OSError as error:  # not every file system has sockets
        logging.getLogger("grader").warning("hooks are not answered: %s", error)
        return False
    finally:
        os.umask(before)
    listener.listen(_BACKLOG)
    listener.settimeout(0)  # several take from it
    return True


def serve(listener: socket.socket, grade_one: Grader, lifeline: int) -> None:
    """Answer hooks, one after another, until the other end of the lifeline is let go of."""
    while True:
        ready, _, _ = select.select([listener.fileno(), lifeline], [], [])
        if lifeline in ready:
            return
        with contextlib.suppress(OSError):  # another took it, or who asked has gone
            asked, _ = listener.accept()
            with asked:
                asked.settimeout(_SECONDS)
                asked.sendall(_answer(asked, grade_one))


def _answer(asked: socket.socket, grade_one: Grader) -> bytes:
    data = bytearray()
    while not data.endswith(b"\n") and len(data) < MOST and (part := asked.recv(MOST)):
        data += part
    if not data:  # whoever asked has gone
        return b""
    try:
        with limited(PATIENCE):
            told = feedback(msgspec.json.decode(data, type=Pushed), grade_one)
    except TooSlow:  # whoever asked has gone, and others wait
        grade_one.keeper.restart()
        told = [TOO_SLOW]
    except Exception:
        logging.getLogger("grader").exception("telling a pusher failed")
        return b""
    return msgspec.json.encode(told) + b"\n"
