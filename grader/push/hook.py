"""What a push sets, as git tells a hook, and what the pusher is told of it. Pure.

Names of branches are the pusher's: they are shown cleaned and cut, and compared as they are.
"""

from collections.abc import Iterable, Iterator, Sequence

from grader.model import Record
from grader.report.clean import clean

_HEADS = "refs/heads/"
_MOST_TOLD = 3
_NAME, _LINE, _LINES = 80, 300, 60


class Update(Record, frozen=True):
    """A ref, and what it was and is to be."""

    old: str
    new: str
    ref: str

    @property
    def deletes(self) -> bool:
        """Tell whether the ref is gone by it."""
        return not self.new.strip("0")


def updates(told: bytes) -> tuple[Update, ...]:
    """Return what git tells a hook on its standard input."""
    rows = [row.decode(errors="surrogateescape").split(" ", 2) for row in told.split(b"\n")]
    return tuple(Update(*row) for row in rows if len(row) == len(Update.__struct_fields__))


def graded(found: Iterable[Update], branch: str) -> Update | None:
    """Return what sets the branch that is graded, if anything does."""
    return next((one for one in found if one.ref == _HEADS + branch and not one.deletes), None)


def other_words(found: Sequence[Update], branch: str) -> Iterator[str]:
    """Yield a line for what is not graded."""
    shown = clean(branch, _NAME)
    others = [one for one in found if one.ref != _HEADS + branch]
    if len(others) < len(found) and graded(found, branch) is None:
        yield f"{shown} was deleted. What was handed in before stays handed in."
    for one in others[:_MOST_TOLD]:
        yield f"Not graded: {_name(one.ref)}. What counts is the branch {shown}."
    if len(others) > _MOST_TOLD:
        yield f"Not graded: {len(others) - _MOST_TOLD} more."
    if others and len(others) == len(found) and any(one.ref.startswith(_HEADS) for one in others):
        yield f"To hand in what you have checked out: git push origin HEAD:{shown}"


def safe_lines(lines: Iterable[str]) -> list[str]:
    """Return lines that do nothing but be read: each on a line of its own, not too many."""
    found = [clean(part, _LINE).replace("\t", " ") for line in lines for part in line.split("\n")]
    return found if len(found) <= _LINES else [*found[:_LINES], "… (cut)"]


def _name(ref: str) -> str:
    return clean(ref.removeprefix(_HEADS).removeprefix("refs/"), _NAME)
