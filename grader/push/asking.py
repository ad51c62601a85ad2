"""How a hook asks a warm host: a line goes in, a line comes out. Needs no numpy."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from grader.push.queue import Pushed

SOCKET = "worker.sock"
PATIENCE = 10.0  # seconds that a pusher is kept waiting
MOST = 1 << 16
TOO_SLOW = f"The public cases take longer than {PATIENCE:.0f} seconds."


class TooSlow(BaseException):  # nothing on the way may take it for an error
    """It takes longer than a pusher is kept waiting."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TooSlow where what is done takes longer."""

    def ring(_number: int, _frame: object) -> None:
        raise TooSlow

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def place_of(out: Path) -> Iterator[str]:
    """Yield the address of the socket in OUT: one that is short, wherever OUT is."""
    folder = os.open(out, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{SOCKET}"
    finally:
        os.close(folder)


def asked(out: Path, push: Pushed, seconds: float) -> list[str] | None:
    """Return what a warm host says of a push; None where there is none.

    Raises TooSlow where it does not answer in time.
    """
    deadline = time.monotonic() + seconds
    try:
        with place_of(out) as place, socket.socket(socket.AF_UNIX) as host:
            host.settimeout(seconds)
            host.connect(place)
            host.sendall(msgspec.json.encode(push) + b"\n")
            answer = _line(host, deadline)
        return msgspec.json.decode(answer, type=list[str])
    except TimeoutError as error:
        raise TooSlow from error
    except (OSError, msgspec.DecodeError):  # it ended, or something broke
        return None


def _line(host: socket.socket, deadline: float) -> bytes:
    data = bytearray()
    while not data.endswith(b"\n"):
        host.settimeout(max(0.01, deadline - time.monotonic()))
        part = host.recv(MOST)
        if not part:
            break
        data += part
    return bytes(data)
