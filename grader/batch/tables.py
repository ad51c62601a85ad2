"""The file of a ledger: its tables, opening it, and entering what was handed in.

Nothing here needs numpy: a hook of a git server has this open before a pusher notices.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from grader.batch.roster import Attempt
from grader.errors import UsageError

LEDGER = "ledger.sqlite"
_ALIEN = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
_VERSION = 3  # of the tables
_ATTEMPTS = """
CREATE TABLE IF NOT EXISTS attempts (
    student TEXT NOT NULL,
    number INTEGER NOT NULL,
    file INTEGER NOT NULL,
    name TEXT NOT NULL,
    ids TEXT NOT NULL,
    late INTEGER NOT NULL,
    received_at TEXT,
    sha256 TEXT,
    follows_from TEXT,
    result TEXT,
    PRIMARY KEY (student, number)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS files ON attempts (file);
"""
# What a regrade rests on; terms are in `meta`, too.
_KEPT = """
CREATE TABLE IF NOT EXISTS evidence (
    student TEXT NOT NULL,
    number INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (student, number)
);
CREATE TABLE IF NOT EXISTS inputs (
    name TEXT PRIMARY KEY,
    drawn_as TEXT NOT NULL,
    given BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
"""
_ADJUSTMENTS = """
CREATE TABLE IF NOT EXISTS adjustments (
    student TEXT PRIMARY KEY,
    adjustment TEXT NOT NULL
);
"""


def ledger_of(out: Path) -> Path:
    """Return where the ledger of a batch is; UsageError where there is none."""
    path = out / LEDGER
    if not path.is_file():
        raise UsageError(f"{out} holds no batch", "give the folder that `grader batch` wrote")
    return path


def opened(path: Path) -> sqlite3.Connection:
    """Open a ledger, and make its tables where it is new; UsageError where that cannot be."""
    try:
        database = sqlite3.connect(path, timeout=30)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")  # a recorded result outlives the power
        _prepare(database, path)
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    return database


def _unusable(path: Path, error: sqlite3.Error) -> UsageError:
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _ALIEN:  # above that, codes say more
        return UsageError(
            f"{path} is no ledger: {error}", "choose another folder, or move that file away"
        )
    return UsageError(
        f"{path} cannot be opened: {error}",
        "a ledger must be where there is room and you may write, even to be read: copy the folder",
    )


@contextmanager
def written(database: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Write in one transaction, or nothing; UsageError where that cannot be done."""
    try:
        with database:
            yield database
    except sqlite3.Error as error:
        raise UsageError(
            f"the ledger cannot be written: {error}",
            "make room for it, then run the same once more: it goes on where it was",
        ) from error


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new ledger; UsageError where those of another version are there."""
    version, begun = database.execute(
        "SELECT user_version, EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'attempts') "
        "FROM pragma_user_version"
    ).fetchone()
    if begun and version != _VERSION:
        database.close()
        age = "an older" if version < _VERSION else "a newer"
        raise UsageError(
            f"{path} was written by {age} grader", "use that one, or grade into another folder"
        )
    if not begun:
        schema = _ATTEMPTS + _KEPT + _ADJUSTMENTS
        database.executescript(
            f"BEGIN IMMEDIATE; {schema} PRAGMA user_version = {_VERSION}; COMMIT;"
        )


def entered(database: sqlite3.Connection, attempt: Attempt) -> int:
    """Take an attempt up, or what is known of it anew; return the number of its files."""
    ids = msgspec.json.encode(attempt.ids, order="deterministic").decode()
    whose = (attempt.student, attempt.number)
    known = (attempt.name, ids, attempt.late, attempt.received_at)
    database.execute(
        "INSERT OR IGNORE INTO attempts (student, number, file, name, ids, late) "
        "SELECT ?, ?, COALESCE(MAX(file), 0) + 1, '', '', 0 FROM attempts",
        whose,
    )
    database.execute(
        "UPDATE attempts SET name = ?, ids = ?, late = ?, received_at = ? "
        "WHERE student = ? AND number = ?",
        (*known, *whose),
    )
    row = database.execute(
        "SELECT file FROM attempts WHERE student = ? AND number = ?", whose
    ).fetchone()
    return int(row[0])
