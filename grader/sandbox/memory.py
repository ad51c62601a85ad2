"""What a submission answered, as it came over the wire: what is known already is not run again.

An answer is kept under the execution digest of its request. It is an answer alone, and no verdict:
whoever has it judges it anew.
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np

from grader.model import Ending, Limits
from grader.sandbox.keeper import Answer
from grader.sandbox.question import Asked, question_of

_GUEST = Path(__file__).resolve().parent.parent / "guest"
_DIGEST = 16  # bytes: nobody gains by two requests of one digest, and a class keeps many


class Memory:
    """What one submission is known to answer, and what it answers now."""

    def __init__(self, known: Mapping[bytes, Answer] | None = None) -> None:
        self.known = known or {}
        self._had: list[tuple[Asked | None, Limits, Answer]] = []

    def loaded(self, limits: Limits) -> Answer | None:
        """Return what loading the submission is known to give."""
        return self.known.get(loading_digest(limits)) if self.known else None

    def recalled(self, cases: Sequence[Asked], limits: Limits) -> list[Answer | None]:
        """Return the answer to each case, or None where it is not known."""
        if not self.known:
            return [None] * len(cases)
        return [self.known.get(execution_digest(case, limits)) for case in cases]

    def note_loaded(self, limits: Limits, answer: Answer) -> None:
        """Keep what loading gave."""
        self._had.append((None, limits, answer))

    def note(self, cases: Sequence[Asked], limits: Limits, answers: Sequence[Answer]) -> None:
        """Keep what cases were answered with just now."""
        self._had += [(case, limits, one) for case, one in zip(cases, answers, strict=True)]

    def ran_now(self, cases: Sequence[Asked] | None = None) -> int:
        """Return how many of some cases, or of all, were not known."""
        ids = None if cases is None else {id(case) for case in cases}
        ran = [case for case, _, _ in self._had if case is not None]
        return sum(ids is None or id(case) in ids for case in ran)

    def answers(self) -> dict[bytes, Answer]:
        """Return all that is known by now; a fault of ours is no answer."""
        had = {
            execution_digest(case, limits) if case is not None else loading_digest(limits): answer
            for case, limits, answer in reversed(self._had)
            if answer.ending is not Ending.NOT_RUN
        }
        return {**had, **self.known}


@lru_cache(maxsize=1 << 14)  # a case is asked of a whole class
def execution_digest(case: Asked, limits: Limits) -> bytes:
    """Return a digest of all that a case's outcome follows from, but the submission.

    Program, given arrays, limits, guest code and numpy: outcomes are kept under this and the
    submission's own digest.
    """
    asked = question_of(case)
    header = msgspec.Raw(asked.steps), msgspec.Raw(asked.given)
    return _digest([*header, limits, guest_digest(), np.__version__], asked.body)


@lru_cache(maxsize=16)
def loading_digest(limits: Limits) -> bytes:
    """Return a digest of all that the outcome of loading follows from, but the submission."""
    return _digest(["load", limits, guest_digest(), np.__version__], b"")


def _digest(told: Sequence[object], body: bytes) -> bytes:
    header = msgspec.json.encode(told)
    return hashlib.sha256(len(header).to_bytes(8) + header + body).digest()[:_DIGEST]


@lru_cache(maxsize=1)
def guest_digest() -> str:
    """Return the SHA-256 of the code that runs beside student code."""
    digest = hashlib.sha256()
    for path in sorted(_GUEST.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
