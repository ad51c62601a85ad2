"""What a git server's hooks need to know: of the course, and of each repository."""

from pathlib import Path
from typing import TypeVar

import msgspec

from grader.errors import UsageError
from grader.files import OWNER_ALONE, write_bytes
from grader.model import Record

_COURSE = "push.json"  # in OUT
_PLACE = "grader.json"  # in a repository

_R = TypeVar("_R", bound=Record)


class Course(Record, frozen=True):
    """How a course takes pushes, the same for all its repositories.

    `assignment` is a folder. `branch` is the one that is graded; "": of each repository the one
    that a clone checks out. `reader` is the language that students are told it in, where that is
    not the assignment's. `feedback`: students get the reports of the official grading.
    """

    assignment: str
    branch: str = ""
    reader: str = ""
    feedback: bool = True


class Place(Record, frozen=True):
    """Whose a repository is, and where its course keeps its state."""

    out: str
    student: str


def keep_course(out: Path, course: Course) -> None:
    """Write how a course takes pushes."""
    _keep(out / _COURSE, course)


def keep_place(repository: Path, place: Place) -> None:
    """Write whose a repository is."""
    _keep(repository / _PLACE, place)


def read_course(out: Path) -> Course:
    """Return how a course takes pushes; UsageError where it takes none."""
    return _read(out / _COURSE, Course)


def read_place(repository: Path) -> Place:
    """Return whose a repository is; UsageError where that is not known."""
    return _read(repository / _PLACE, Place)


def _keep(path: Path, record: Record) -> None:
    told = msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"
    write_bytes(path, told, OWNER_ALONE)


def _read(path: Path, kind: type[_R]) -> _R:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(
            f"{path} cannot be read: {error}", "write it anew with `grader hook install`"
        ) from error
