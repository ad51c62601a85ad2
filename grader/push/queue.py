"""What was pushed and is to be graded, as a table of the ledger.

A push is an attempt of its student from the moment that it is entered; it waits until it has a
result, and until the student has been given that. So nothing says twice what is done, and whoever
ends at any instant, by kill or power, leaves a queue that another goes on with. Who takes a push
holds a lock on one byte of a file, which the system lets go of when its process ends.
"""

import fcntl
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from grader.batch.roster import Attempt
from grader.batch.tables import LEDGER, entered, ledger_of, opened, written
from grader.errors import UsageError
from grader.model import Record

_LOCK = "pushes.lock"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS repositories (
    path TEXT PRIMARY KEY,
    student TEXT NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS pushes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    student TEXT NOT NULL,
    number INTEGER NOT NULL,
    repository TEXT NOT NULL,
    ref TEXT NOT NULL,
    oid TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    given TEXT,
    UNIQUE (student, number)
);
CREATE INDEX IF NOT EXISTS waiting ON pushes (id) WHERE given IS NULL;
"""
_PUSHES = """
    SELECT id, student, number, repository, ref, oid, received_at, tries, file, result
    FROM pushes JOIN attempts USING (student, number)
"""
NOT_GIVEN = ""  # in the place of a digest: by the course's wish


class Pushed(Record, frozen=True):
    """A graded branch of a repository was set to a commit, at this server's time."""

    repository: str
    student: str
    ref: str
    oid: str
    received_at: str


class Job(Record, frozen=True):
    """A push that waits; `result` is what the ledger has of it, as it stands there."""

    id: int
    number: int
    push: Pushed
    tries: int
    file: int
    result: str | None


@contextmanager
def queue_of(out: Path) -> Iterator["Queue"]:
    """Yield the queue of a course; UsageError where there is none."""
    with closing(opened(ledger_of(out))) as database:
        yield Queue(database)


def make_queue(out: Path) -> None:
    """Make the folder of a course and its ledger, readable by their owner alone."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        out.chmod(0o700)
        (out / LEDGER).touch(mode=0o600)
        (out / _LOCK).touch(mode=0o600)
    except OSError as error:
        raise UsageError(
            f"{out} cannot be written to: {error.strerror}", "choose another folder"
        ) from error
    with closing(opened(out / LEDGER)) as database:
        database.executescript(_SCHEMA)


class Queue:
    """The pushes in a ledger."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    # --- entering ---------------------------------------------------------------------------------

    def belongs(self, repository: str, student: str) -> None:
        """Note whose a repository is; UsageError where the student has another one."""
        with written(self._database) as database:
            row = database.execute(
                "SELECT path FROM repositories WHERE student = ? AND path != ?",
                (student, repository),
            ).fetchone()
            if row is not None and Path(row[0]).exists():
                raise UsageError(
                    f"{student} has a repository already: {row[0]}", "name another with --student"
                )
            database.execute("DELETE FROM repositories WHERE student = ?", (student,))
            database.execute(
                "INSERT OR REPLACE INTO repositories VALUES (?, ?)", (repository, student)
            )

    def repositories(self) -> list[tuple[str, str]]:
        """Return the repositories of the course, and whose they are."""
        return self._database.execute(
            "SELECT path, student FROM repositories ORDER BY path"
        ).fetchall()

    def enter(self, push: Pushed) -> int:
        """Enter a push as an attempt; return its number. Of what came last, none is made anew."""
        with written(self._database) as database:
            database.execute("BEGIN IMMEDIATE")
            last = database.execute(
                "SELECT oid, number FROM pushes WHERE repository = ? AND ref = ? "
                "ORDER BY id DESC LIMIT 1",
                (push.repository, push.ref),
            ).fetchone()
            if last is not None and last[0] == push.oid:
                return int(last[1])
            (number,) = database.execute(
                "SELECT COALESCE(MAX(number), 0) + 1 FROM attempts WHERE student = ?",
                (push.student,),
            ).fetchone()
            entered(database, _attempt(push, number))
            database.execute(
                "INSERT INTO pushes (student, number, repository, ref, oid) VALUES (?, ?, ?, ?, ?)",
                (push.student, number, push.repository, push.ref, push.oid),
            )
            return int(number)

    # --- working off ------------------------------------------------------------------------------

    def waiting(self) -> list[Job]:
        """Return what waits, in the order in which it came."""
        rows = self._database.execute(f"{_PUSHES} WHERE given IS NULL ORDER BY id")
        return [_job(*row) for row in rows]

    def take(self, held: "Held") -> Job | None:
        """Take the first push of a student whom nobody else is at; None where there is none.

        One after another, so that what a student is given stands in its order.
        """
        while (number := self._taken(held)) is not None:
            found = self._database.execute(
                f"{_PUSHES} WHERE given IS NULL AND id = ?", (number,)
            ).fetchone()
            if found is not None:
                return _job(*found)
            held.leave(number)  # it was done since it was listed
        return None

    def _taken(self, held: "Held") -> int | None:
        """Take what `take` does, as it is listed; no more is read of those that wait than it takes.

        The list is let go of at once: as long as it is read, nothing newer can be seen.
        """
        listed = "SELECT id, student FROM pushes WHERE given IS NULL ORDER BY id"
        seen: set[str] = set()
        with closing(self._database.execute(listed)) as rows:
            for number, student in rows:
                if student not in seen and held.take(number):
                    return int(number)
                seen.add(student)
        return None

    def tried(self, job: Job) -> None:
        """Note that a push is being graded, before that can end whoever does it."""
        self._set("tries = tries + 1", job.id)

    def given(self, job: Job, digest: str) -> None:
        """Note that a student has been given a result: nothing is left to do."""
        self._set("given = ?", digest, job.id)

    def result_of(self, job: Job) -> str | None:
        """Return what the ledger has of a push by now."""
        row = self._database.execute(
            "SELECT result FROM attempts WHERE student = ? AND number = ?",
            (job.push.student, job.number),
        ).fetchone()
        return None if row is None else row[0]

    def give_anew(self) -> None:
        """Let those wait again whose results have changed since they were given: by a regrade."""
        rows = self._database.execute(
            "SELECT id, given, result FROM pushes JOIN attempts USING (student, number) "
            "WHERE given IS NOT NULL AND given != ? AND result IS NOT NULL",
            (NOT_GIVEN,),
        )
        changed = [number for number, given, result in rows if given != digest_of(result)]
        for number in changed:
            self._set("given = NULL", number)

    def try_again(self) -> int:
        """Let those wait again that could not be graded in full; return how many they are."""
        which = (
            "(student, number) IN (SELECT student, number FROM attempts "
            "WHERE result IS NOT NULL AND json_extract(result, '$.points') IS NULL)"
        )
        with written(self._database) as database:
            count = database.execute(
                f"UPDATE pushes SET given = NULL, tries = 0 WHERE {which}"  # noqa: S608 - ours
            ).rowcount
            database.execute(
                "UPDATE attempts SET result = NULL WHERE result IS NOT NULL "
                "AND json_extract(result, '$.points') IS NULL "
                "AND (student, number) IN (SELECT student, number FROM pushes)"
            )
        return count

    def _set(self, what: str, *values: str | int) -> None:
        with written(self._database) as database:
            database.execute(f"UPDATE pushes SET {what} WHERE id = ?", values)  # noqa: S608 - ours


class Held:
    """What one process is at: a lock on the byte of each push that it took."""

    def __init__(self, out: Path) -> None:
        self._file = os.open(out / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self, number: int) -> bool:
        """Take a push; False where another process is at it."""
        with suppress(BlockingIOError, PermissionError):
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
            return True
        return False

    def leave(self, number: int) -> None:
        """Let go of a push."""
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, number)

    def close(self) -> None:
        """Let go of all."""
        os.close(self._file)


def digest_of(result: str) -> str:
    """Return a digest of a result as the ledger has it."""
    return hashlib.sha256(result.encode()).hexdigest()


def _attempt(push: Pushed, number: int) -> Attempt:
    return Attempt(
        student=push.student,
        name=push.student,
        ids={"branch": push.ref.removeprefix("refs/heads/"), "commit": push.oid},
        number=number,
        late=False,
        received_at=datetime.fromisoformat(push.received_at).isoformat(),
        path="",
    )


def _job(  # noqa: PLR0913, PLR0917 - a row
    id_: int,
    student: str,
    number: int,
    repository: str,
    ref: str,
    oid: str,
    received_at: str,
    tries: int,
    file: int,
    result: str | None,
) -> Job:
    push = Pushed(repository, student, ref, oid, received_at)
    return Job(id_, number, push, tries, file, result)
