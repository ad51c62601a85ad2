"""A command on a terminal of its own: what it prints is read, what a student does is done to it."""

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_GUARD_SECONDS = 120
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
# Python that makes its standard input the terminal that Ctrl-C comes from, and becomes the command.
_BECOME = "import os, sys; os.login_tty(0); os.execv(sys.argv[1], sys.argv[1:])"


class Session:
    """A process on a terminal."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: int) -> None:
        self.process = process
        self._terminal = terminal
        self._raw = b""
        self.drawn: list[str] = []

    def until(self, end: str) -> str:
        """Return what is printed up to and with `end`, without colours; AssertionError if never."""
        deadline = time.monotonic() + _GUARD_SECONDS
        while end not in plain(self._raw):
            left = deadline - time.monotonic()
            assert left > 0, f"{end!r} was not printed after {self.drawn}: {plain(self._raw)!r}"
            if not self._read(left):
                break
        text = plain(self._raw)
        assert end in text, f"the command ended after {self.drawn}: {text!r}"
        self._raw = b""
        self.drawn.append(text)
        return text

    @property
    def printed(self) -> str:
        """Return all that was printed since then, as it is."""
        return self._raw.decode(errors="replace")

    def rest(self) -> str:
        """Return what is printed up to the end of the process."""
        while self._read(_GUARD_SECONDS):
            pass
        return plain(self._raw)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._terminal], [], [], seconds)[0]:
            return False
        try:
            piece = os.read(self._terminal, 1 << 16)
        except OSError:  # Linux says so when nobody has it open any more
            return False
        self._raw += piece
        return bool(piece)

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._terminal, keys)

    def children(self) -> set[int]:
        """Return the processes that the command has started, and theirs."""
        parents = dict(_processes())
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found - {self.process.pid}


def plain(raw: bytes) -> str:
    """Return what was printed without colours and movements."""
    return _CONTROL.sub("", raw.decode(errors="replace")).replace("\r\n", "\n")


@contextlib.contextmanager
def on_terminal(
    command: Sequence[str | Path], environment: Mapping[str, str], columns: int = 80
) -> Iterator[Session]:
    """Run `grader COMMAND` on a terminal; it is killed when the block ends."""
    terminal, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 60, columns, 0, 0))
    grader = [sys.executable, "-m", "grader", *map(str, command)]
    process = subprocess.Popen(
        [sys.executable, "-c", _BECOME, *grader],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={"TERM": "xterm-256color", **environment},
    )
    os.close(theirs)
    try:
        yield Session(process, terminal)
    finally:
        process.kill()
        process.wait()
        os.close(terminal)


def ended(pids: set[int]) -> bool:
    """Tell whether processes end, within a while."""
    deadline = time.monotonic() + _GUARD_SECONDS
    while pids & dict(_processes()).keys():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _processes() -> Iterator[tuple[int, int]]:
    """Yield each process that runs, with its parent."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                yield int(path.parent.name), int(parent)
