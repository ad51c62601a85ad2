"""What travels between a batch and the workers of a cluster: bytes of fixed types, no pickles.

To a worker go what the class is graded on and submissions; of the course key, its id alone. Back
come results and pages. Pure.
"""

import hashlib
import sys
import zlib
from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

import msgspec
import numpy as np

from grader.__about__ import VERSION
from grader.assignment.materials import Materials, decoded, encoded, unplaced
from grader.batch.ledger import Result
from grader.errors import SandboxError
from grader.model import Record, Scorecard, Submission

_MOST = 64 << 20  # bytes of a reply


class Work(Record, frozen=True):
    """A submission to grade, and the name that its files will have."""

    submission: Submission
    name: str


class Order(Record, frozen=True):
    """What a worker is asked to do, with the materials where it may not have them yet."""

    digest: str
    materials: bytes
    lowest: str
    versions: dict[str, str]
    works: tuple[Work, ...]


class Paper(Record, frozen=True):
    """What came of a submission. Without a SHA-256 it could not be graded, and is tried again."""

    result: Result
    sha256: str = ""
    page: str | None = None
    evidence: bytes = b""

    def is_about(self, work: Work) -> bool:
        """Tell whether this can be what came of some work: its names, its numbers, its forms."""
        result = self.result
        if not all(sketch.is_finite for sketch in result.unnamed.values()):
            return False
        if not self.sha256:
            return result.points is self.page is result.report is result.scorecard is None
        try:
            card = msgspec.json.decode(result.scorecard or "", type=Scorecard)
            points, most = Fraction(card.points_exact), Fraction(result.max_points)
        except (msgspec.DecodeError, ValueError, ZeroDivisionError, RecursionError):
            return False
        return (
            self.sha256 == card.submission.sha256 == work.submission.sha256
            and result.report == f"reports/{work.name}.html"
            and result.points == (card.points_exact if card.is_complete else None)
            and 0 <= points <= most
            and self.page is not None
        )


class Papers(Record, tag="papers", frozen=True):
    """What came of an order."""

    papers: tuple[Paper, ...]


class Wanting(Record, tag="wanting", frozen=True):
    """A worker does not have the materials that it is asked to work with."""


class Unfit(Record, tag="unfit", frozen=True):
    """A worker must not be used, for a reason."""

    reason: str


Reply: TypeAlias = Papers | Wanting | Unfit


def packed(materials: Materials) -> bytes:
    """Return materials as bytes, without the paths of this machine."""
    sent = msgspec.structs.replace(materials, assignment=unplaced(materials.assignment))
    return zlib.compress(encoded(sent), level=1)


def unpacked(data: bytes, digest: str) -> Materials:
    """Return materials; SandboxError where they are not those of a digest."""
    if digest_of(data) != digest:
        raise SandboxError("the materials were damaged on their way", "run the batch once more")
    return decoded(zlib.decompress(data), Materials)


def digest_of(data: bytes) -> str:
    """Return the SHA-256 by which materials are known."""
    return hashlib.sha256(data).hexdigest()


def versions() -> dict[str, str]:
    """Return the versions that a worker must share with the batch."""
    python = ".".join(map(str, sys.version_info[:2]))
    return {"grader": VERSION, "Python": python, "numpy": np.__version__}


def order_of(data: bytes) -> Order:
    """Return an order from its bytes."""
    return msgspec.msgpack.decode(data, type=Order)


def told(record: Order | Reply) -> bytes:
    """Return an order or a reply as bytes."""
    return msgspec.msgpack.encode(record)


def reply_of(data: object, works: Sequence[Work]) -> Reply | None:
    """Return a worker's reply to an order; None for anything that cannot be one."""
    if type(data) is not bytes or len(data) > _MOST:
        return None
    try:
        reply: Reply = msgspec.msgpack.decode(data, type=Reply)
    except (msgspec.DecodeError, RecursionError):
        return None
    if not isinstance(reply, Papers):
        return reply
    alike = len(reply.papers) == len(works)
    pairs = zip(reply.papers, works, strict=False)
    return reply if alike and all(paper.is_about(work) for paper, work in pairs) else None
