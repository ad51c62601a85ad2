"""Which assignment a file belongs to."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from grader.assignment.kit import KIT
from grader.assignment.manifest import MANIFEST, load_assignment
from grader.errors import UsageError
from grader.model import Assignment, Record
from grader.submission.read import is_zip

SETTINGS = ".grader.toml"
_VARIABLE = "GRADER_ASSIGNMENTS"
_LOOKED_AT = 1 << 20


class Settings(Record, frozen=True):
    """`.grader.toml`: the assignment of a checkout (a path or a slug), and its submission."""

    assignment: str | None = None
    submission: str | None = None


def find_settings(start: Path) -> tuple[Settings, Path] | None:
    """Return the nearest .grader.toml at or above `start`, and the folder it is in."""
    for folder in _upward(start):
        path = folder / SETTINGS
        if path.is_file():
            try:
                return msgspec.toml.decode(path.read_bytes(), type=Settings), folder
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise UsageError(f"{path}: {error}", "its keys: assignment, submission") from error
    return None


def find_assignment(
    file: Path, named: str | None, environment: Mapping[str, str], here: Path
) -> Assignment:
    """Return the assignment of `file`: the one named, configured, or the only one that fits.

    Raises UsageError, listing what was found, where none or several fit.
    """
    return _found(file, named, here, environment, (file, here))


def find_apart(
    file: Path, named: str | None, environment: Mapping[str, str], here: Path
) -> Assignment:
    """Return the assignment by which `file` is graded officially; else as `find_assignment`.

    Nothing that lies beside the file has a say: a student may have put it there.
    """
    own = file.resolve() if file.is_dir() else file.resolve().parent
    return _found(file, named, here, environment, (here, own.parent))


def _found(
    file: Path,
    named: str | None,
    here: Path,
    environment: Mapping[str, str],
    starts: tuple[Path, ...],
) -> Assignment:
    """Return the assignment of a file: what is found first at or above each of `starts`."""
    folders = list(dict.fromkeys(_homes(starts, environment)))
    if named is not None:
        return load_assignment(_named(named, here, folders))
    for settings, place in filter(None, map(find_settings, starts)):
        if settings.assignment is not None:
            return load_assignment(_named(settings.assignment, place, folders))
    slugs = [one for folder in folders for one in sorted(folder.glob("*")) if _is_one(one)]
    assignments = [load_assignment(folder) for folder in slugs]
    fits = [_fits(one, file) for one in assignments]
    best = max(fits, default=0) if len(slugs) > 1 else 0
    fitting = [one for one, fit in zip(assignments, fits, strict=True) if fit == best > 0]
    fitting = fitting if len(slugs) > 1 else assignments
    if len(fitting) == 1:
        return fitting[0]
    listed = ", ".join(one.slug for one in fitting or assignments) or "none found"
    raise UsageError(
        f"it is not clear which assignment {file.name} belongs to ({listed})",
        "name it with --assignment (a slug or a folder)",
    )


def _upward(start: Path) -> Iterator[Path]:
    start = start.resolve()
    yield from (start, *start.parents) if start.is_dir() else start.parents


def _homes(starts: tuple[Path, ...], environment: Mapping[str, str]) -> Iterator[Path]:
    """Yield folders that may hold assignments, the most telling first."""
    if environment.get(_VARIABLE):
        yield Path(environment[_VARIABLE]).resolve()
    for start in starts:
        for folder in _upward(start):
            if (folder / "assignments").is_dir():
                yield folder / "assignments"


def _named(name: str, base: Path, folders: list[Path]) -> Path:
    candidates = [base / name, *(folder / name for folder in folders)]
    for candidate in candidates:
        if _is_one(candidate):
            return candidate
    raise UsageError(
        f"there is no assignment {name!r}",
        f"give a folder with an {MANIFEST}, or set {_VARIABLE} to the folder of your assignments",
    )


def _is_one(folder: Path) -> bool:
    """Tell whether a folder is an assignment's: the author's own, or a student's kit."""
    return any((folder / name).is_file() for name in (MANIFEST, KIT))


def _fits(assignment: Assignment, file: Path) -> int:
    """Tell how much a file looks like this assignment's: 2 by its name or what it defines.

    1 by what it mentions, 0 not at all.
    """
    stems = {Path(name).stem for name in assignment.files}
    if file.stem in stems:
        return 2
    if not file.is_file():
        return 2 * any((file / name).is_file() for name in assignment.files)
    with file.open("rb") as opened:
        data = opened.read(_LOOKED_AT)
    if is_zip(file.name):  # the names of its files stand in it as they are
        return 2 * any(f"{stem}.".encode() in data for stem in stems)
    names = "|".join(map(re.escape, assignment.definitions)).encode()
    if re.search(rb"\b(?:class|def)\s+(?:" + names + rb")\b", data):
        return 2
    return int(re.search(rb"\b(?:" + names + rb")\b", data) is not None)
