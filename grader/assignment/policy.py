"""The manifest's `[policy]`: how points become a mark. It changes no result, only what it counts.

[policy]
deadline = "2026-01-31T23:59+01:00"  # or a date, which ends with its day
grace = "1/2"          # days after the deadline that cost nothing
late_penalty = "1/10"  # of the maximum, for each day begun after that
late_least = "1/2"     # of the maximum: lateness alone takes nobody below
late_most = 7          # after more of those days nothing is left, not even that
counts = "best"        # of several attempts; else "latest"
drop = 1               # so many exercises, the lowest by share; the others count for all
round_to = "1/4"       # to the nearest of these steps, halves up
"""

from datetime import date, datetime
from fractions import Fraction
from typing import Any, Literal

from grader.errors import AssignmentError
from grader.model import Policy, Record

_DATE = len("2026-01-31")


class PolicyTable(Record, frozen=True):
    """`[policy]`, as it is written."""

    deadline: Any = None
    grace: Fraction = Fraction(0)
    late_penalty: Fraction = Fraction(0)
    late_least: Fraction = Fraction(0)
    late_most: int | None = None
    counts: Literal["latest", "best"] = "latest"
    drop: int = 0
    round_to: Fraction | None = None


def policy_of(table: PolicyTable, exercises: int) -> Policy:
    """Return the policy of an assignment with so many exercises; AssignmentError where unsound."""
    _check(
        ("grace", table.grace >= 0, "0 days or more"),
        ("late_penalty", 0 <= table.late_penalty <= 1, 'a share from 0 to 1, such as "1/10"'),
        ("late_least", 0 <= table.late_least <= 1, 'a share from 0 to 1, such as "1/2"'),
        ("late_most", table.late_most is None or table.late_most >= 0, "0 days or more"),
        ("drop", 0 <= table.drop < exercises, f"less than the {exercises} exercises"),
        ("round_to", table.round_to is None or table.round_to > 0, 'a step such as "1/4"'),
    )
    return Policy(
        deadline=_deadline(table.deadline),
        grace=table.grace,
        late_penalty=table.late_penalty,
        late_least=table.late_least,
        late_most=table.late_most,
        counts=table.counts,
        drop=table.drop,
        round_to=table.round_to,
    )


def last_moment(deadline: str) -> datetime:
    """Return when a deadline ends: a date alone with its day. ValueError where it is no time."""
    whole_day = len(deadline) == _DATE
    return datetime.fromisoformat(f"{deadline}T23:59:59.999999" if whole_day else deadline)


def _check(*rules: tuple[str, bool, str]) -> None:
    for name, holds, wanted in rules:
        if not holds:
            raise AssignmentError(f"[policy] {name} cannot be so", f"let it be {wanted}")


def _deadline(value: object) -> str | None:
    """Return a deadline as ISO 8601, from a string or from TOML's own dates and times."""
    if value is None:
        return None
    told = value.isoformat() if isinstance(value, date) else value
    try:
        if isinstance(told, str):
            last_moment(told)
            return told
    except ValueError:
        pass
    raise AssignmentError(
        f"[policy] deadline = {value!r} is no time",
        'write it as "2026-01-31T23:59" or "2026-01-31T23:59+01:00"',
    )
