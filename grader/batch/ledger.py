"""OUT/ledger.sqlite: every attempt of a class and its result, written as each is had.

A batch that ends at any instant, by kill or power, goes on where it was: a result is recorded only
after its files are there, in one transaction. Of two batches on one folder, the second is refused.
"""

import fcntl
import hashlib
import os
import socket
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import msgspec

from grader.assignment.casebook import Drawn
from grader.batch import kept
from grader.batch.roster import Attempt
from grader.batch.tables import LEDGER, entered, ledger_of, opened, written
from grader.batch.terms import (
    Adjustment,
    Terms,
    keep_adjustment,
    keep_terms,
    read_adjustments,
    read_terms,
)
from grader.errors import UsageError
from grader.judge.sketch import Sketch
from grader.model import Assignment, Record

_LOCK = "ledger.lock"


class BusyError(UsageError):
    """Another process holds the ledger."""


class Result(Record, frozen=True):
    """What came of an attempt. `points` is None where it could not be graded in full.

    `scorecard` is canonical JSON, None where there is none; `report` is relative to OUT. `unnamed`
    are the wrong answers that have no name, by output: what is alike in a class is found by them.
    """

    submission: str
    points: str | None
    max_points: str
    remark: str
    scorecard: str | None
    report: str | None
    unnamed: dict[str, Sketch] = {}


class Whose(Protocol):
    """An attempt, or whatever tells which one is meant."""

    @property
    def student(self) -> str:
        """Return the student's id."""

    @property
    def number(self) -> int:
        """Return which attempt of the student it is."""


class Line(Record, frozen=True):
    """An attempt as the ledger has it, with its result if there is one.

    `late` is what the LMS says of it; by `received_at`, if that is known, a deadline decides.
    """

    student: str
    number: int
    name: str
    ids: dict[str, str]
    late: bool
    result: Result | None
    received_at: str | None = None

    @property
    def points(self) -> Fraction | None:
        """Return the exact points, if they are known."""
        if self.result is None or self.result.points is None:
            return None
        return Fraction(self.result.points)


def follows_from(assignment: Assignment, key_id: str, version: str) -> str:
    """Return a digest of all that a result follows from, but the submission."""
    told = msgspec.json.encode(
        [assignment.slug, assignment.digest, key_id, version, assignment.reader]
    )
    return hashlib.sha256(told).hexdigest()


class Book(Record, frozen=True):
    """All that marks follow from: attempts, the terms of the class, and what was set by hand.

    The attempts are gone through once, and never held: a class may be large.
    """

    lines: Iterator[Line]
    terms: Terms
    adjustments: dict[str, Adjustment]


class Ledger:
    """The ledger of one OUT, held by one process at a time; a context manager."""

    def __init__(self, out: Path) -> None:
        try:
            out.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(out / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UsageError(
                f"{out} cannot be written to: {error.strerror}", "choose another folder"
            ) from error
        try:
            _hold(self._lock, out)
            (out / LEDGER).touch(mode=0o600)  # it holds hidden inputs
            self._database = opened(out / LEDGER)
        except BaseException:
            os.close(self._lock)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()
        os.close(self._lock)

    def leave(self) -> None:
        """Let go of the ledger, in a process that was forked from the one that holds it."""
        os.close(self._lock)

    def enter(self, attempts: Iterable[Attempt]) -> list[int]:
        """Take attempts up, or what is known of them anew; return the numbers of their files."""
        # At once: of a large class, one by one would be slow.
        with written(self._database) as database:
            return [entered(database, attempt) for attempt in attempts]

    def finished(self, attempt: Attempt, follows: str) -> str | None:
        """Return the SHA-256 of the bytes for which an attempt has a full result, if it has."""
        row = self._database.execute(
            "SELECT sha256, result FROM attempts "
            "WHERE student = ? AND number = ? AND follows_from = ?",
            (attempt.student, attempt.number, follows),
        ).fetchone()
        return None if row is None or result_from(row[1]).points is None else str(row[0])

    def record(
        self,
        attempt: Whose,
        sha256: str,
        follows: str,
        result: Result,
        evidence: bytes | None = None,
    ) -> None:
        """Write a result down, with what it rests on; its files must be there already."""
        told = msgspec.json.encode(result).decode()
        with written(self._database) as database:
            database.execute(
                "UPDATE attempts SET sha256 = ?, follows_from = ?, result = ? "
                "WHERE student = ? AND number = ?",
                (sha256, follows, told, attempt.student, attempt.number),
            )
            if evidence is not None:
                kept.keep(database, attempt.student, attempt.number, sha256, evidence)

    def keep(self, attempt: Whose, sha256: str, evidence: bytes) -> None:
        """Keep what an attempt answered since; its result stays as it is."""
        with written(self._database) as database:
            kept.keep(database, attempt.student, attempt.number, sha256, evidence)

    def describe(self, about: kept.About, inputs: Mapping[str, Drawn]) -> None:
        """Keep what the class is graded on."""
        with written(self._database) as database:
            kept.describe(database, about, inputs)

    def agree(self, found: Terms) -> None:
        """Keep by which terms the class is marked."""
        with written(self._database) as database:
            keep_terms(database, found)

    def terms(self) -> Terms:
        """Return by which terms the class is marked; UsageError where none are kept."""
        return read_terms(self._database)

    def adjust(self, student: str, adjustment: Adjustment | None) -> None:
        """Set a student's mark or remark by hand; None takes back what was set."""
        with written(self._database) as database:
            keep_adjustment(database, student, adjustment)

    def adjustments(self) -> dict[str, Adjustment]:
        """Return what was set by hand, by student."""
        return read_adjustments(self._database)

    def attempts(self) -> list[tuple[str, int]]:
        """Return the students and numbers of all attempts, in order."""
        return self._database.execute(
            "SELECT student, number FROM attempts ORDER BY student, number"
        ).fetchall()

    def lines(self) -> Iterator[Line]:
        """Yield all attempts, by student and number."""
        yield from _lines(self._database)


def _hold(lock: int, out: Path) -> None:
    """Hold a lock, and write down who does; BusyError where another process does."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"process {os.getpid()} on {socket.gethostname()}".encode(), 0)
    except BlockingIOError as error:
        holder = os.pread(lock, 200, 0).decode(errors="replace")
        raise BusyError(
            f"{out} is in use by another grader ({holder or 'just started'})",
            "wait for it, or choose another folder",
        ) from error
    except OSError as error:  # a full disk, or one that knows no locks
        raise UsageError(
            f"{out} cannot be locked: {error.strerror}", "choose a folder on another disk"
        ) from error


def read_ledger(out: Path) -> tuple[Line, ...]:
    """Return the attempts of a batch; UsageError where there is none."""
    with closing(opened(ledger_of(out))) as database:
        return tuple(_lines(database))


@contextmanager
def book_of(out: Path) -> Iterator[Book]:
    """Yield all that the marks of a batch follow from; UsageError where there is none."""
    with closing(opened(ledger_of(out))) as database:
        yield Book(
            lines=_lines(database),
            terms=read_terms(database),
            adjustments=read_adjustments(database),
        )


def line_of(database: sqlite3.Connection, student: str, number: int) -> Line:
    """Return an attempt that the ledger has."""
    (line,) = _lines(database, "WHERE student = ? AND number = ?", (student, number))
    return line


def _lines(
    database: sqlite3.Connection, which: str = "", values: tuple[str | int, ...] = ()
) -> Iterator[Line]:
    columns = "student, number, name, ids, late, result, received_at"
    rows = database.execute(
        f"SELECT {columns} FROM attempts {which} ORDER BY student, number",  # noqa: S608 - ours
        values,
    )
    for student, number, name, ids, late, result, received_at in rows:
        yield Line(
            student=student,
            number=number,
            name=name,
            ids=msgspec.json.decode(ids, type=dict[str, str]),
            late=bool(late),
            result=None if result is None else result_from(result),
            received_at=received_at,
        )


def result_from(text: str) -> Result:
    """Return a result as the ledger keeps it."""
    return msgspec.json.decode(text, type=Result)
