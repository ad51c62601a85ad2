"""By which terms a class is marked, and what was set by hand: tables of the ledger.

Neither is touched by grading or regrading an attempt.
"""

import sqlite3
from fractions import Fraction
from typing import Literal, Self

import msgspec

from grader.errors import UsageError
from grader.model import Assignment, Policy, Record


class Adjustment(Record, frozen=True):
    """What a teacher set for a student: exact points, a remark, or both."""

    points: str | None = None
    remark: str | None = None


class Terms(Record, frozen=True):
    """What a class's marks and pages need of its assignment.

    `deadline` is what a batch was told; it goes before the policy's own.
    """

    slug: str
    title: str
    exercises: tuple[str, ...]
    max_points: Fraction
    policy: Policy
    deadline: str | None

    def in_force(self) -> Policy:
        """Return the policy with the deadline that holds."""
        return msgspec.structs.replace(self.policy, deadline=self.deadline or self.policy.deadline)

    def with_counts(self, which: Literal["latest", "best"]) -> Self:
        """Return the same terms, by which another attempt may count."""
        policy = msgspec.structs.replace(self.policy, counts=which)
        return msgspec.structs.replace(self, policy=policy)


def terms_of(assignment: Assignment, deadline: str | None) -> Terms:
    """Return the terms that an assignment sets."""
    return Terms(
        slug=assignment.slug,
        title=assignment.title,
        exercises=tuple(exercise.id for exercise in assignment.exercises),
        max_points=sum((exercise.points for exercise in assignment.exercises), Fraction(0)),
        policy=assignment.policy,
        deadline=deadline,
    )


def keep_terms(database: sqlite3.Connection, terms: Terms) -> None:
    """Keep terms in the place of those that were."""
    told = msgspec.json.encode(terms, enc_hook=str).decode()
    database.execute("INSERT OR REPLACE INTO meta VALUES ('terms', ?)", (told,))


def read_terms(database: sqlite3.Connection) -> Terms:
    """Return the terms that are kept; UsageError where there are none."""
    row = database.execute("SELECT value FROM meta WHERE name = 'terms'").fetchone()
    if row is None:
        raise UsageError("that batch ended before it began", "run `grader batch` once more")
    return msgspec.json.decode(row[0], type=Terms, dec_hook=lambda kind, value: kind(value))


def keep_adjustment(
    database: sqlite3.Connection, student: str, adjustment: Adjustment | None
) -> None:
    """Keep what is set for a student in the place of what was; None: nothing is."""
    database.execute("DELETE FROM adjustments WHERE student = ?", (student,))
    if adjustment is not None:
        told = msgspec.json.encode(adjustment).decode()
        database.execute("INSERT INTO adjustments VALUES (?, ?)", (student, told))


def read_adjustments(database: sqlite3.Connection) -> dict[str, Adjustment]:
    """Return what is set, by student."""
    rows = database.execute("SELECT student, adjustment FROM adjustments ORDER BY student")
    return {student: msgspec.json.decode(told, type=Adjustment) for student, told in rows}
