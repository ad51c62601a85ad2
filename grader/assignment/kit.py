"""A student's kit: an assignment's public part, as data. Nothing hidden, and no author code.

It stands in an assignment's folder in place of the manifest: `grader.author.kit` writes it.
"""

import zlib
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from grader.assignment.materials import Materials, decoded, encoded, unplaced
from grader.errors import AssignmentError, UsageError
from grader.model import ArrayRecord, Assignment

KIT = "assignment.kit"
_MOST = 256 << 20  # bytes, unpacked
_T = TypeVar("_T")


class Kit(ArrayRecord, frozen=True):
    """What is in the file: materials, and by which version of the grader they were made."""

    schema: Literal["grader/kit/1"]
    made_by: str
    materials: Materials


class _Beginning(msgspec.Struct):
    """Of materials, the assignment alone: arrays are left as they are."""

    assignment: Assignment


class _Label(msgspec.Struct):
    schema: Literal["grader/kit/1"]
    materials: _Beginning


def kit_data(materials: Materials, made_by: str) -> bytes:
    """Return what the file of a kit holds, before it is packed."""
    sent = msgspec.structs.replace(materials, assignment=unplaced(materials.assignment))
    return encoded(Kit("grader/kit/1", made_by, sent))


def kit_file(data: bytes) -> bytes:
    """Return the file of a kit."""
    return zlib.compress(data, level=9)


def kit_assignment(folder: Path) -> Assignment:
    """Return the assignment of a kit's folder; AssignmentError where it cannot be read."""
    about = _read(folder, _Label).materials.assignment
    return msgspec.structs.replace(about, folder=str(folder), solutions=str(folder))


def kit_materials(assignment: Assignment) -> Materials | None:
    """Return the materials of an assignment that is a student's kit, else None."""
    folder = Path(assignment.folder)
    return _read(folder, Kit).materials if (folder / KIT).is_file() else None


def refuse_kit(assignment: Assignment) -> None:
    """Raise UsageError where an assignment is a student's kit: it cannot be graded officially."""
    if (Path(assignment.folder) / KIT).is_file():
        raise UsageError(
            f"{assignment.folder} is a student's kit, which has no hidden cases and no solutions",
            "try the public cases with `grader check`; "
            "or name the course's own folder of the assignment with --assignment",
        )


def _read(folder: Path, kind: type[_T]) -> _T:
    path = folder / KIT
    try:
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(path.read_bytes(), _MOST)
        if not unpacker.eof:
            raise AssignmentError(f"{path} is cut short or too large", "get the kit once more")
        return decoded(data, kind)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "get the kit again") from error
    except (zlib.error, msgspec.DecodeError, ValueError, TypeError, RecursionError) as error:
        raise AssignmentError(
            f"{path} is damaged, or of another version of grader",
            "get the kit once more, and install the grader that its README names",
        ) from error
