"""What a regrade rests on, as tables of the ledger: submissions, their answers, inputs of record.

An attempt's bytes and all that it answered are one blob, written with its result. Answers are as
they came over the wire; nothing here is a verdict.
"""

import hashlib
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import msgspec

from grader.assignment import shelf
from grader.assignment.casebook import Drawn
from grader.batch.tables import opened
from grader.errors import UsageError
from grader.model import Record
from grader.sandbox.evidence import Evidence, Unreadable, unpacked

_MOST = 1 << 32  # bytes: it is our own


class About(Record, frozen=True):
    """What a class was graded on: an assignment, and by which key its inputs are drawn.

    `reader` is the language of its pages, where that is not the assignment's own.
    """

    slug: str
    folder: str
    key_id: str
    reader: str = ""


def keep(
    database: sqlite3.Connection, student: str, number: int, sha256: str, packed_: bytes
) -> None:
    """Keep an attempt's evidence in the place of what was kept of it."""
    database.execute(
        "INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?)", (student, number, sha256, packed_)
    )


def describe(database: sqlite3.Connection, about: About, inputs: Mapping[str, Drawn]) -> None:
    """Keep what a class is graded on: the inputs are those of record from now on."""
    rows = [
        (name, one.drawn_as, shelf.packed(hashlib.sha256(name.encode()).digest(), one.given))
        for name, one in inputs.items()
    ]
    told = msgspec.json.encode(about).decode()
    database.execute("INSERT OR REPLACE INTO meta VALUES ('about', ?)", (told,))
    database.execute("DELETE FROM inputs")
    database.executemany("INSERT INTO inputs VALUES (?, ?, ?)", rows)


class Archive:
    """What is kept in the ledger of OUT, for reading; a context manager."""

    def __init__(self, path: Path) -> None:
        self.database = opened(path)

    def about(self) -> About | None:
        """Return what the class was graded on; None where nothing is kept."""
        row = self.database.execute("SELECT value FROM meta WHERE name = 'about'").fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=About)

    def inputs(self) -> dict[str, Drawn]:
        """Return the inputs of record, by case; UsageError where they are damaged.

        Were others drawn in their place, a class would not be graded on the same numbers.
        """
        rows = self.database.execute("SELECT name, drawn_as, given FROM inputs ORDER BY name")
        return {name: Drawn(drawn_as, _given(name, packed_)) for name, drawn_as, packed_ in rows}

    def evidence(self, student: str, number: int) -> Evidence | None:
        """Return what is kept of an attempt that was graded as it is; None where nothing is."""
        row = self.database.execute(
            "SELECT packed FROM evidence JOIN attempts USING (student, number, sha256) "
            "WHERE student = ? AND number = ?",
            (student, number),
        ).fetchone()
        found = None if row is None else unpacked(row[0], Evidence, _MOST)
        return None if isinstance(found, Unreadable) else found

    def close(self) -> None:
        """Let go of the ledger."""
        self.database.close()


def _given(case: str, packed_: bytes) -> shelf.Values:
    values = shelf.unpacked(packed_)
    if values is None:
        raise UsageError(
            f"the ledger is damaged: what {case} was graded on cannot be read",
            "take an older copy of it, or grade the class into another folder",
        )
    return values


def inputs_of_record(path: Path, slug: str, key_id: str) -> dict[str, Drawn]:
    """Return the inputs that an assignment's cases have by a key in a ledger, if there is one."""
    if not path.is_file():
        return {}
    with closing(Archive(path)) as archive:
        about = archive.about()
        same = about is not None and (about.slug, about.key_id) == (slug, key_id)
        return archive.inputs() if same else {}
