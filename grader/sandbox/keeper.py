"""Starts guests, the one place that does; and what all kinds of keeper have in common.

A keeper gives out children: each a fresh process for one submission, asked one request at a time.
This side holds the clock and kills; it never waits for a promise from the child.
"""

import contextlib
import os
import subprocess  # noqa: TID251 - this is the module that starts processes
from abc import ABC, abstractmethod
from collections.abc import Iterator
from types import TracebackType
from typing import Protocol, Self

import msgspec

from grader.model import Ending, Record
from grader.sandbox.exchange import Allowance
from grader.sandbox.policy import Policy, environment
from grader.wording import UNSAID, Phrase, say

PIPE, NOTHING, WITH_OUTPUT = subprocess.PIPE, subprocess.DEVNULL, subprocess.STDOUT
SHOWN_TEXT = 1 << 14


class Answer(Record, frozen=True, array_like=True):
    """How a request ended; `header` and `body` are an answer's where there is one."""

    ending: Ending
    reason: Phrase = UNSAID
    header: bytes = b""
    body: bytes = b""
    text: str = ""
    step: int | None = None
    cpu: float = 0.0
    wall: float = 0.0
    peak: int = 0


LOST = Answer(ending=Ending.NOT_RUN, reason=say("the process for student code was lost"))


class Hello(msgspec.Struct):
    """What a guest says when it is ready: the layers left out, with reasons; its versions."""

    left_out: dict[str, str]
    versions: dict[str, str]


class Child(Protocol):
    """A process for one submission."""

    @property
    def alive(self) -> bool:
        """Tell whether this child can be asked anything more."""

    def ask(self, kind: int, header: object, body: bytes, allowance: Allowance) -> Answer:
        """Send one request and wait for its answer, the child's end, or the end of its time."""

    def close(self) -> None:
        """End the child, whatever it is doing."""


class Keeper(ABC):
    """Gives out children; a context manager. Not for use by several threads."""

    def __init__(self, policy: Policy, *, serves_author: bool = False) -> None:
        self.policy = policy
        self.serves_author = serves_author
        self._boot()

    @abstractmethod
    def _boot(self) -> None:
        """Start what children come from."""

    @property
    @abstractmethod
    def hello(self) -> Hello:
        """Return what a guest said when it was ready; SandboxError where none starts."""

    @abstractmethod
    def _new_child(self) -> Child:
        """Return a fresh child."""

    @abstractmethod
    def close(self) -> None:
        """End everything that was started."""

    @property
    def versions(self) -> dict[str, str]:
        """Return the versions that outcomes depend on."""
        return self.hello.versions

    def restart(self) -> None:
        """Replace what has ended."""
        self.close()
        self._boot()

    @contextlib.contextmanager
    def child(self) -> Iterator[Child]:
        """Yield a fresh child; it is dead when the block ends."""
        _ = self.hello
        child = self._new_child()
        try:
            yield child
        finally:
            child.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def start_guest(
    policy: Policy,
    *,
    serves_author: bool,
    stream: int,
    errors: int = PIPE,
    descriptors: tuple[int, ...] = (),
) -> subprocess.Popen[bytes]:
    """Start an interpreter on the guest's own code: isolated, its environment made from nothing.

    `stream` is what its standard input and output are, `errors` its standard error;
    it keeps `descriptors`, and is told them.
    """
    config = {
        "site": policy.site,
        "packages": policy.packages,
        "paths": policy.paths,
        "without": policy.without,
        "limits": policy.limits,
        "serves_author": serves_author,
    }
    told = msgspec.json.encode(config).decode()
    return subprocess.Popen(  # noqa: S603 - our own code, by path
        [policy.python, "-I", "-S", policy.server, told, *map(str, descriptors)],
        env=environment(os.environ),
        cwd="/",
        stderr=errors,
        stdin=stream,
        stdout=stream,
        bufsize=0,
        pass_fds=descriptors,
        start_new_session=bool(descriptors),
    )
