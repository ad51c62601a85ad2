"""Who handed in what: a folder, or a zip of one, with an entry per student."""

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from grader.errors import SubmissionError, UsageError
from grader.model import Record, Submission
from grader.submission.read import BROKEN_ZIP, MAX_NOTEBOOK, read_submission

_MAX_ENTRIES = 200_000
_SUFFIXES = (".py", ".ipynb", ".zip")


class Entry(Record, frozen=True):
    """A student and where the submission is; or why it is none."""

    student: str
    path: str
    refused: str | None = None

    def read(self, wanted: tuple[str, ...]) -> Submission:
        """Read the submission; SubmissionError where it cannot be taken."""
        if self.refused is not None:
            raise SubmissionError(self.refused, "ask for it again")
        return read_submission(Path(self.path), wanted, self.student)


@contextmanager
def entries(path: Path) -> Iterator[tuple[Entry, ...]]:
    """Yield the entries of a folder or zip, by student; unpacked files are gone afterwards."""
    if path.is_dir():
        yield _folder(path)
    elif path.suffix.lower() == ".zip":
        with tempfile.TemporaryDirectory(prefix="grader-") as folder:
            refused = _unpack(path, Path(folder))
            found = _folder(_inner(Path(folder))) if any(Path(folder).iterdir()) else ()
            yield tuple(sorted((*found, *refused), key=lambda one: one.student))
    else:
        raise UsageError(f"{path} is neither a folder nor a zip", "give the folder of submissions")


def _inner(folder: Path) -> Path:
    """Return the folder that a zip wraps everything in, where it does: not a student's own."""
    (first, *others) = folder.iterdir()
    if others or not first.is_dir():
        return folder
    inside = list(first.iterdir())
    return first if len(inside) > 1 or any(child.is_dir() for child in inside) else folder


def _folder(path: Path) -> tuple[Entry, ...]:
    """Take each file as a student's, each folder as a student's."""
    found: dict[str, Entry] = {}
    for child in sorted(path.iterdir()):
        if child.name.startswith((".", "__")) or not _is_submission(child):
            continue
        student = child.name if child.is_dir() else child.stem
        if student in found:  # a.py beside a.ipynb: two files, told apart by their whole names
            student = child.name
        found[student] = Entry(student=student, path=str(child))
    if not found:
        raise UsageError(f"{path} holds no submissions", "put a file or a folder per student in it")
    return tuple(found.values())


def _is_submission(path: Path) -> bool:
    return path.is_dir() or path.is_symlink() or path.suffix.lower() in _SUFFIXES


def _unpack(path: Path, folder: Path) -> tuple[Entry, ...]:
    """Write a class zip's source files out; return entries for what cannot be taken."""
    refused = []
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            if len(infos) > _MAX_ENTRIES:
                raise UsageError(
                    f"{path.name} has {len(infos)} entries", "zip the submissions alone"
                )
            for info in infos:
                name = PurePosixPath(info.filename)
                if name.suffix.lower() not in _SUFFIXES or "__MACOSX" in name.parts:
                    continue
                problem = _write(archive, info, folder)
                if problem is not None:
                    refused.append(Entry(student=str(name), path="", refused=problem))
    except BROKEN_ZIP as error:
        raise UsageError(f"{path.name} cannot be unpacked: {error}", "download it again") from error
    return tuple(refused)


def _write(archive: zipfile.ZipFile, info: zipfile.ZipInfo, folder: Path) -> str | None:
    """Write one entry below `folder`; say why not where that cannot or must not be done."""
    target = (folder / info.filename).resolve()
    if not target.is_relative_to(folder.resolve()) or "\\" in info.filename:
        return f"{info.filename!r} in the zip is no plain path"
    try:
        with archive.open(info) as file:
            data = file.read(MAX_NOTEBOOK + 1)
        if len(data) > MAX_NOTEBOOK:
            return f"{info.filename} is larger than {MAX_NOTEBOOK >> 20} MB"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    except BROKEN_ZIP as error:
        return f"{info.filename} cannot be unpacked: {error}"
    return None
