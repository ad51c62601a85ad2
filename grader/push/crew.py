"""Processes that stay: each at a post, replaced when it dies, ended when this one ends.

They hold one end of a pipe, the lifeline. Whatever ends this process, the other end is closed by
the system, and they leave when they have done what they are at.
"""

import logging
import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from typing import NoReturn, TypeAlias

from grader.batch.pool import forked
from grader.errors import SandboxError
from grader.model import Record

# Is given its end of the lifeline; what it does is done when it returns.
Post: TypeAlias = Callable[[int], None]

_POLL = 0.1
_SHORT, _MOST_SHORT = 5.0, 10  # a life of so many seconds, and so many of them in a row
_PAUSE = 0.5


class _Life(Record, frozen=True):
    post: int
    since: float


def is_over(lifeline: int) -> bool:
    """Tell whether the other end of a lifeline was let go of."""
    return bool(select.select([lifeline], [], [], 0)[0])


def rest(lifeline: int, seconds: float) -> None:
    """Wait, unless it is over."""
    select.select([lifeline], [], [], seconds)


def keep_up(posts: Sequence[Post]) -> None:
    """Have someone at each post until all is done there; SandboxError where nobody stays alive."""
    theirs, ours = os.pipe()
    crew: dict[int, _Life] = {}
    short = [0] * len(posts)
    try:
        for post in range(len(posts)):
            crew[_started(posts[post], theirs, ours)] = _Life(post, time.monotonic())
        while crew:
            time.sleep(_POLL)
            for pid in list(crew):
                gone, status = os.waitpid(pid, os.WNOHANG)
                if not gone:
                    continue
                life = crew.pop(pid)
                if status != 0:
                    _note_death(short, life)
                    pid = _started(posts[life.post], theirs, ours)  # noqa: PLW2901
                    crew[pid] = _Life(life.post, time.monotonic())
    finally:
        os.close(ours)
        os.close(theirs)
        for pid in crew:
            os.waitpid(pid, 0)


def _note_death(short: list[int], life: _Life) -> None:
    """Let a while go by where a life was short; SandboxError where too many were."""
    is_short = time.monotonic() - life.since < _SHORT
    short[life.post] = short[life.post] + 1 if is_short else 0
    if short[life.post] > _MOST_SHORT:
        raise SandboxError(
            "processes that grade end as soon as they are started",
            "run `grader doctor`, and look at what was logged above",
        )
    if is_short:
        time.sleep(_PAUSE)


def _started(post: Post, theirs: int, ours: int) -> int:
    # Who interrupts lets go of the lifeline: what is under way is finished first.
    pid = forked(signal.SIGINT, signal.SIGTERM)
    if pid == 0:
        os.close(ours)
        _serve(post, theirs)
    return pid


def _serve(post: Post, lifeline: int) -> NoReturn:
    status = 1
    try:
        post(lifeline)
        status = 0
    except Exception:
        logging.getLogger("grader").exception("a process ended")
    finally:
        os._exit(status)
