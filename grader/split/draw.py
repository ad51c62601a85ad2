"""What a run asks of one submission: drawn where the key is, handed to where student code runs.

In a draw are inputs, and nothing that an answer is judged by: no expected value, no weight, no
tolerance, no key. Its hidden inputs are those of this run alone, but for the notebook's rows, which
are the same in every run: an assignment says by `[split]` whether they go along.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from pathlib import Path

import numpy as np

from grader.assignment.casebook import all_cases
from grader.assignment.key import Key
from grader.assignment.probes import probes_of
from grader.errors import UsageError
from grader.explain import limits_of, rounds, untold
from grader.model import (
    ArrayRecord,
    Assignment,
    Case,
    Limits,
    Probes,
    Record,
    Source,
    Submission,
    SubmissionId,
    Visibility,
)
from grader.sandbox.evidence import Unreadable
from grader.sandbox.keeper import Keeper
from grader.sandbox.memory import guest_digest
from grader.sandbox.question import Question, question_of
from grader.split.sealed import opened, sealed

_KIND = "grader draw"
_MOST = 1 << 29  # bytes
_NONCE = re.compile(r"[0-9a-f]{32}")


class Draw(Record, frozen=True, array_like=True):
    """The questions of one run of one submission, and what it takes to ask them.

    Those of `rounds` are asked within the limits `trying`: what fails is explained by them, and
    nobody needs a key to know them.
    """

    assignment: str
    digest: str
    key_id: str
    nonce: str
    submission: SubmissionId
    files: tuple[str, ...]
    packages: tuple[str, ...]
    guest: str
    numpy: str
    limits: Limits
    trying: Limits
    public: tuple[Question, ...]
    hidden: tuple[Question, ...]
    rounds: tuple[tuple[Question, ...], ...]

    def sealed(self) -> bytes:
        """Return the bytes of its file."""
        return sealed(_KIND, self)

    def check_versions(self) -> None:
        """Raise UsageError where another grader or numpy is at work than was meant."""
        if (self.guest, self.numpy) != (guest_digest(), np.__version__):
            raise UsageError(
                f"this run was drawn by another version of grader or numpy ({self.numpy[:40]!r})",
                "install the same ones in all places of a run, then draw again",
            )

    def check_for(self, assignment: Assignment, submission: SubmissionId) -> None:
        """Raise UsageError where the draw is not for a submission to an assignment as it is now."""
        if self.assignment != assignment.slug:
            raise UsageError(
                f"this draw is for another assignment: {self.assignment[:80]!r}, "
                f"not {assignment.slug}",
                "name that one by --assignment",
            )
        if self.digest != assignment.digest:
            raise UsageError(
                f"{assignment.slug} has changed since this run was drawn", "draw a new run"
            )
        self.check_submission(submission)
        self.check_versions()

    def check_submission(self, submission: SubmissionId) -> None:
        """Raise UsageError where the draw is for another submission."""
        if self.submission.sha256 != submission.sha256:
            raise UsageError(
                f"this draw is for another submission: {self.submission.name[:80]!r} (SHA-256 "
                f"{self.submission.sha256[:12]!r}), not this one ({submission.sha256[:12]})",
                "draw a run for this one",
            )


class Run(ArrayRecord, frozen=True):
    """A draw with all that its answers are judged by; `every` case, also those that stay here."""

    draw: Draw
    key_id: str
    cases: tuple[Case, ...]
    every: tuple[Case, ...]
    probes: Probes


def new_nonce() -> str:
    """Return what makes a run another one than all before."""
    return secrets.token_hex(16)


def identity(submission: Submission) -> SubmissionId:
    """Return which submission this is."""
    return SubmissionId(submission.name, submission.student, submission.sha256)


def drawn_run(  # noqa: PLR0913, PLR0917 - what a run is drawn from
    assignment: Assignment,
    key: Key,
    nonce: str,
    submission: SubmissionId,
    author: Callable[[], Keeper],
    cache: Path | None,
) -> Run:
    """Draw a run: for the same key and nonce, the same one."""
    own = key.for_run(nonce)
    every = all_cases(assignment, own, author, cache)
    probes = untold(probes_of(assignment, author, cache), every)
    cases = tuple(
        case for case in every if assignment.rows_travel or case.source is not Source.NOTEBOOK
    )
    draw = Draw(
        assignment=assignment.slug,
        digest=assignment.digest,
        key_id=key.id,
        nonce=nonce,
        submission=submission,
        files=assignment.files,
        packages=assignment.packages,
        guest=guest_digest(),
        numpy=np.__version__,
        limits=assignment.limits,
        trying=limits_of(assignment),
        public=tuple(question_of(c) for c in cases if c.visibility is Visibility.PUBLIC),
        hidden=tuple(question_of(c) for c in cases if c.visibility is Visibility.HIDDEN),
        rounds=tuple(tuple(map(question_of, some)) for some in rounds(probes)),
    )
    return Run(draw=draw, key_id=own.id, cases=cases, every=every, probes=probes)


def opened_draw(data: bytes) -> Draw:
    """Return the draw in a file; UsageError where there is none, or a damaged one."""
    draw = opened(data, _KIND, Draw, _MOST)
    if isinstance(draw, Unreadable) or not _NONCE.fullmatch(draw.nonce):
        why = draw.why if isinstance(draw, Unreadable) else "its run has no number"
        raise UsageError(f"this is no draw: {why}", "give the file that `grader draw` wrote")
    return draw


def digest_of(data: bytes) -> str:
    """Return the SHA-256 by which a draw's file is known."""
    return hashlib.sha256(data).hexdigest()
