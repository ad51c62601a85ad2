"""Who handed in what: a class's folder or zip, as an LMS packs it, attempt by attempt.

Nothing is unpacked but into a temporary folder, and of that only what can be graded. An attempt
that cannot be read is listed with its reason; none is dropped.
"""

import errno
import io
import os
import re
import stat
import tempfile
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Literal, Protocol, TypeAlias

import msgspec

from grader.assignment.policy import last_moment
from grader.batch.layouts import (
    LAYOUTS,
    SOURCES,
    Layout,
    Part,
    Parts,
    is_noise,
    parsed,
    recognise,
    within,
)
from grader.errors import SubmissionError, UsageError
from grader.model import Record, Submission
from grader.submission.read import (
    BROKEN_ZIP,
    MAX_FILES,
    MAX_NOTEBOOK,
    MAX_ZIP,
    is_source,
    is_zip,
    plain,
    read_regular,
    read_submission,
)

_MAX_ENTRIES = 200_000
_MAX_ATTEMPT = 64 << 20
_MAX_TOTAL = 16 << 30
_MAX_NAME = 1024
_HEAD = 4096
_UTF8_NAME = 0x800
_BY_NAME = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EINVAL, errno.EILSEQ)

Which: TypeAlias = Literal["latest", "best", "all"]


class Attempt(Record, frozen=True):
    """One attempt of a student or a group: who, which, when, and where its bytes are.

    `student` is what exports key on, `name` is to be shown, `ids` is all that the layout tells;
    `refused` says in a sentence why there is nothing that could be read.
    """

    student: str
    name: str
    ids: dict[str, str]
    number: int
    late: bool
    received_at: str | None
    path: str
    refused: str | None = None

    def read(self, wanted: tuple[str, ...]) -> Submission:
        """Read the submission; SubmissionError where it cannot be taken."""
        if self.refused is not None:
            raise SubmissionError(self.refused, "ask for it again")
        return read_submission(Path(self.path), wanted, self.student)


class Roster(Record, frozen=True):
    """All attempts of a class, by student and number, and what fits nothing, with the reason."""

    layout: str
    attempts: tuple[Attempt, ...]
    not_understood: tuple[str, ...]


@contextmanager
def roster(
    path: Path,
    layout: str | None = None,
    assignment: str | None = None,
    apart: Path | None = None,
) -> Iterator[Roster]:
    """Yield who handed in what below a folder or in a zip; unpacked files are gone afterwards.

    `layout` None: recognised by its names. `assignment` is the folder meant, where there are
    several assignments side by side (nbgrader). What lies below `apart` was handed in by nobody.
    Raises UsageError where nothing is found.
    """
    if apart is not None and apart.resolve() == path.resolve():
        raise UsageError(
            f"results would lie among the submissions in {path}",
            "name another folder for them; one below it will do",
        )
    if layout is not None and layout not in LAYOUTS:
        raise UsageError(f"no layout is called {layout}", f"choose one of {', '.join(LAYOUTS)}")
    with tempfile.TemporaryDirectory(prefix="grader-") as folder:
        yield _found(path, apart, layout, assignment, Path(folder))


def choose(attempts: Iterable[Attempt], which: Which) -> tuple[Attempt, ...]:
    """Return the attempts that count: of each student the latest, or all.

    All, too, for the best: marks decide which that is, later.
    """
    if which in ("best", "all"):
        return tuple(attempts)
    if which != "latest":
        raise UsageError(f"no attempt is called {which}", "choose latest, best or all")
    latest = {one.student: one for one in sorted(attempts, key=lambda one: one.number)}
    return tuple(latest[student] for student in sorted(latest))


def mark_late(attempts: Iterable[Attempt], deadline: str) -> tuple[Attempt, ...]:
    """Return the attempts, late where they came after an ISO 8601 deadline.

    A date alone ends with its day. Times without an offset are the LMS's own: they are taken to be
    of the deadline's. Where no time is told, what the LMS says of lateness stays.
    """
    limit = time_limit(deadline)
    return tuple(
        one
        if one.received_at is None
        else msgspec.structs.replace(one, late=arrival(one.received_at, limit) > limit)
        for one in attempts
    )


def time_limit(deadline: str) -> datetime:
    """Return the last moment of a deadline; UsageError where it is no time."""
    try:
        return last_moment(deadline)
    except ValueError as error:
        raise UsageError(
            f"{deadline!r} is no time", "write it as 2026-01-31T23:59 or 2026-01-31T23:59+01:00"
        ) from error


def arrival(text: str, limit: datetime) -> datetime:
    """Return a time as it compares with a deadline; UsageError where only one has an offset."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        return time.replace(tzinfo=limit.tzinfo)
    if limit.tzinfo is None:
        raise UsageError(
            f"submissions came at times with an offset ({text}), the deadline has none",
            f"give it, as {limit.isoformat(timespec='minutes')}+01:00",
        )
    return time


# --- what is looked through: a folder or a zip ----------------------------------------------------


class _Tree(Protocol):
    """Names, NFC and with / between; empty folders end in /. `refused` are not to be touched."""

    root: str
    zipped: bool
    names: tuple[str, ...]
    refused: dict[str, str]

    def read(self, name: str) -> bytes:
        """Return the bytes; SubmissionError where they cannot or must not be had."""

    def place(self, name: str) -> Path | None:
        """Return where the file stands, where it stands in a folder."""


class _Folder:
    zipped = False

    def __init__(self, path: Path, apart: Path | None) -> None:
        self.root = path.resolve().name
        self.refused: dict[str, str] = {}
        self._top = str(path.resolve())
        self._paths: dict[str, str] = {}
        folders: list[str] = []
        aside = "" if apart is None else str(apart.resolve())
        for parent, below, files in os.walk(self._top, onerror=self._closed):
            below[:] = [raw for raw in below if _joined(parent, raw) != aside]
            folders += self._folders(_joined(parent, raw) for raw in below)
            for raw in files:
                self._add(_joined(parent, raw))
            if len(self._paths) + len(folders) > _MAX_ENTRIES:
                raise UsageError(
                    f"{path} holds more than {_MAX_ENTRIES} files", "give the submissions alone"
                )
        self.names = _with_empty(self._paths, folders)

    def _folders(self, paths: Iterable[str]) -> Iterator[str]:
        """Yield the names of folders, but of links to any."""
        for path in paths:
            name = self._name(path)
            if os.path.islink(path):  # noqa: PTH114 - any length of a path will do
                self.refused[name] = f"{name} is a link to a folder"
            else:
                yield name

    def _add(self, path: str) -> None:
        name = self._name(path)
        if name in self._paths:
            self.refused[f"{name} (again)"] = f"there are two files called {name}"
        else:
            self._paths[name] = path

    def _closed(self, error: OSError) -> None:
        """Note a folder that cannot be looked into: nothing is known of what lies in it."""
        self.refused[self._name(error.filename)] = f"it cannot be looked into: {error.strerror}"

    def _name(self, path: str) -> str:
        return _normal(os.path.relpath(path, self._top))

    def read(self, name: str) -> bytes:
        return read_regular(Path(self._paths[name]), PurePosixPath(name).name)

    def place(self, name: str) -> Path | None:
        return Path(self._paths[name])


class _Zip:
    zipped = True

    def __init__(self, archive: zipfile.ZipFile, root: str) -> None:
        self.root, self._archive, self._left = root, archive, _MAX_TOTAL
        self.refused: dict[str, str] = {}
        self._infos: dict[str, zipfile.ZipInfo] = {}
        folders: list[str] = []
        infos = archive.infolist()
        if len(infos) > _MAX_ENTRIES:
            raise UsageError(f"{root} has {len(infos)} entries", "zip the submissions alone")
        for info in infos:
            self._add(info, folders)
        self.names = _with_empty(self._infos, folders)

    def _add(self, info: zipfile.ZipInfo, folders: list[str]) -> None:
        name = _zip_name(info)
        problem = _zip_problem(info, name)
        if problem is not None:
            self.refused[name] = problem
        elif info.is_dir():
            folders.append(name.removesuffix("/"))
        elif name in self._infos:
            self.refused[f"{name} (again)"] = f"there are two files called {name}"
        else:
            self._infos[name] = info

    def read(self, name: str) -> bytes:
        cap = MAX_ZIP if is_zip(name) else MAX_NOTEBOOK
        try:
            with self._archive.open(self._infos[name]) as file:
                data = file.read(cap + 1)
        except BROKEN_ZIP as error:
            raise SubmissionError(f"{name} cannot be unpacked: {error}", "zip it again") from error
        self._left -= len(data)
        if len(data) > cap:
            raise SubmissionError(f"{name} is larger than {cap >> 20} MB", "hand in the source")
        if self._left < 0:
            raise SubmissionError("the zip holds more than 16 GB", "split it")
        return data

    def place(self, name: str) -> Path | None:  # noqa: ARG002 - nothing of a zip stands anywhere
        return None


@contextmanager
def _opened(path: Path, apart: Path | None) -> Iterator[_Tree]:
    if path.is_dir():
        yield _Folder(path, apart)
        return
    if not is_zip(path.name):
        raise UsageError(f"{path} is neither a folder nor a zip", "give the folder of submissions")
    try:
        archive = zipfile.ZipFile(path)
    except BROKEN_ZIP as error:
        raise UsageError(f"{path.name} cannot be unpacked: {error}", "download it again") from error
    with archive:
        yield _Zip(archive, path.stem)


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Return an entry's name: many write UTF-8 and do not say so, which reads as code page 437."""
    name = info.filename
    if not info.flag_bits & _UTF8_NAME:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode()
    return _normal(name.removeprefix("./"))


def _zip_problem(info: zipfile.ZipInfo, name: str) -> str | None:
    parts = name.removesuffix("/").split("/")
    if "\\" in name or any(part in ("", ".", "..") for part in parts):
        return f"{name!r} in the zip is no plain path"
    if len(name) > _MAX_NAME:
        return f"a name in the zip has {len(name)} characters"
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return f"{name} in the zip is no regular file"
    return None


def _joined(folder: str, name: str) -> str:
    return os.path.join(folder, name)  # noqa: PTH118 - a text takes a third of what a path takes


def _normal(name: str) -> str:
    return plain(unicodedata.normalize("NFC", name))


def _with_empty(files: Iterable[str], folders: Iterable[str]) -> tuple[str, ...]:
    """Return the files that matter, sorted, and the folders in which there are none."""
    names = list(files)
    above = {parent for name in names for parent in _above(name)}
    kept = [name for name in names if not is_noise(name)]
    full = {parent for name in kept for parent in _above(name)}
    empty = (above | set(folders)) - full
    return tuple(sorted((*kept, *(f"{name}/" for name in empty if not is_noise(name)))))


def _above(name: str) -> Iterator[str]:
    at = name.rfind("/")
    while at > 0:
        yield name[:at]
        at = name.rfind("/", 0, at)


# --- from names to attempts -----------------------------------------------------------------------


def _found(
    path: Path, apart: Path | None, layout: str | None, assignment: str | None, folder: Path
) -> Roster:
    with _opened(path, apart) as tree:  # which is let go of here: a large class has many names
        return _roster(tree, layout, assignment, folder)


def _roster(tree: _Tree, asked: str | None, assignment: str | None, folder: Path) -> Roster:
    key = asked
    if key is None:
        key, prefix = recognise(tree.names, tree.root, zipped=tree.zipped)
        if key == "folder" and (inner := _wrapped(tree)) is not None:
            return _roster(inner, None, assignment, folder)
    else:
        prefix = within(key, tree.names, zipped=tree.zipped)
    layout = LAYOUTS[key]
    found = parsed(key, tree.names, prefix)
    parts = _refined(tree, layout, tuple(part for part in found if part is not None))
    if key == "nbgrader":
        parts = _of_assignment(parts, assignment)
    attempts = [
        *_attempts(tree, layout, parts, folder),
        *(_refusal(name, why) for name, why in tree.refused.items() if _matters(name)),
    ]
    if not attempts:
        raise _nothing_found(tree, asked)
    return Roster(
        layout=key,
        attempts=tuple(sorted(attempts, key=lambda one: (one.student, one.number))),
        not_understood=_not_understood(tree, key, found, prefix),
    )


def _wrapped(tree: _Tree) -> _Zip | None:
    """Return the download that a folder or zip holds alone, still zipped; None where it is none."""
    if len(tree.names) != 1 or not is_zip(tree.names[0]):
        return None
    name = tree.names[0]
    try:
        inner = _Zip(zipfile.ZipFile(io.BytesIO(tree.read(name))), PurePosixPath(name).stem)
    except (SubmissionError, UsageError, *BROKEN_ZIP):
        return None
    layout, _ = recognise(inner.names, inner.root, zipped=True)
    return None if layout == "folder" else inner


def _refined(tree: _Tree, layout: Layout, parts: Parts) -> Parts:
    """Return the parts, with what is told by texts that an LMS puts beside the files."""
    if layout.tells is None or layout.refine is None:
        return parts
    texts: dict[str, str] = {}
    for part in parts:
        if part.note is not None and re.search(layout.tells, part.entry):
            with suppress(SubmissionError):
                texts[part.entry] = tree.read(part.entry)[:_HEAD].decode("utf-8", "replace")
    return layout.refine(parts, texts)


def _of_assignment(parts: Parts, assignment: str | None) -> Parts:
    """Return the parts of one assignment, of several side by side."""
    names = sorted({part.ids["assignment"] for part in parts})
    if len(names) > 1 and assignment not in names:
        raise UsageError(
            f"there are several assignments: {', '.join(names)}"
            + (f", and none is called {assignment}" if assignment else ""),
            "call the one that is meant as your assignment's folder, or give a copy with it alone",
        )
    return tuple(part for part in parts if len(names) == 1 or part.ids["assignment"] == assignment)


def _not_understood(
    tree: _Tree, key: str, found: Sequence[Part | None], prefix: str
) -> tuple[str, ...]:
    reason = (
        "neither a folder nor a .py, .ipynb or .zip file"
        if key == "folder"
        else f"not named as {LAYOUTS[key].title} names what it packs"
    )
    strange = [
        name
        for name, part in zip(tree.names, found, strict=True)
        if part is None and name.startswith(prefix) and name not in (prefix, f"{prefix}index.html")
    ]
    refused = [
        f"{name}: {why}"
        for name, why in tree.refused.items()
        if not _matters(name) and not is_noise(name)
    ]
    return tuple(sorted([*(f"{name}: {reason}" for name in strange), *refused]))


def _matters(name: str) -> bool:
    return not is_noise(name) and name.lower().removesuffix(" (again)").endswith(SOURCES)


def _refusal(name: str, reason: str) -> Attempt:
    return Attempt(
        student=name,
        name=name,
        ids={"file": name},
        number=1,
        late=False,
        received_at=None,
        path="",
        refused=reason,
    )


def _nothing_found(tree: _Tree, asked: str | None) -> UsageError:
    tried = [LAYOUTS[asked].title] if asked else [layout.title for layout in LAYOUTS.values()]
    seen = ", ".join(tree.names[:3])
    return UsageError(
        f"{tree.root} holds no submissions" + (f"; it holds {seen}" if seen else ""),
        "put a file or a folder per student in it, or give the LMS's own download; "
        f"names were tried as of: {', '.join(tried)}",
    )


def _attempts(tree: _Tree, layout: Layout, parts: Parts, folder: Path) -> Iterator[Attempt]:
    by_student: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        by_student[part.student].append(part)
    for at, student in enumerate(sorted(by_student)):
        number = 0
        for attempt in layout.split(by_student[student]):
            number = max(number, *(part.version for part in attempt)) + 1
            yield _attempt(tree, attempt, number, folder / f"{at:06}-{number}")


def _attempt(tree: _Tree, parts: Parts, number: int, folder: Path) -> Attempt:
    sources = [part for part in parts if part.note is None and _gradable(part.file)]
    lead = (sources or parts)[0]
    path, refused = "", None
    try:
        path = str(_placed(tree, sources, folder)) if sources else ""
        refused = None if sources else _nothing(parts)
    except SubmissionError as error:
        refused = error.message
    return Attempt(
        student=lead.student,
        name=lead.name,
        ids=lead.ids,
        number=number,
        late=any(part.late for part in parts),
        received_at=lead.received_at,
        path=path,
        refused=refused,
    )


def _gradable(file: str) -> bool:
    return file.lower().endswith(SOURCES) and not is_noise(file)


def _nothing(parts: Parts) -> str:
    """Return why there is nothing to grade in an attempt."""
    files = sorted(part.file for part in parts if part.note is None and part.file.strip("/"))
    if files:
        return f"there is no .py, .ipynb or .zip file, only {', '.join(files[:4])}"
    notes = sorted({part.note for part in parts if part.note is not None})
    return f"there is no file: {', '.join(notes)}" if notes else "the folder is empty"


# --- where the bytes of an attempt are ------------------------------------------------------------


def _placed(tree: _Tree, sources: Sequence[Part], folder: Path) -> Path:
    """Return the file or folder that holds an attempt's sources, and nobody else's.

    It is where it was found, if it is that already; else a copy under the names handed in.
    """
    if len(sources) > MAX_FILES:
        raise SubmissionError(
            f"there are {len(sources)} source files, more than {MAX_FILES}", "hand in your own"
        )
    if len(sources) == 1:
        return _single(tree, sources[0], folder)
    own = {part.entry.removesuffix(part.file) for part in sources}
    first = tree.place(sources[0].entry)
    alike = len(own) == 1 and next(iter(own)).endswith("/")
    if first is not None and alike and not any(is_zip(part.file) for part in sources):
        return first.parents[sources[0].file.count("/")]
    into = folder / (re.sub(r"[^\w.-]", "_", sources[0].student)[:60].lstrip(".") or "_")
    left = _MAX_ATTEMPT
    for part in sources:
        for name, data in _unzipped(part.file, tree.read(part.entry)):
            left -= len(data)
            if left < 0:
                raise SubmissionError("the files are larger than 64 MB", "hand in the source alone")
            write_below(into, name, data)
    return into


def _single(tree: _Tree, part: Part, folder: Path) -> Path:
    name = part.file.rpartition("/")[2]
    found = tree.place(part.entry)
    if found is None or part.entry.rpartition("/")[2] != name:
        return write_below(folder, name, tree.read(part.entry))
    if found.is_symlink():
        raise SubmissionError(f"{name} is a link", "hand in a plain file, not a link")
    return found


def _unzipped(file: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a file; of a zip that was handed in beside other files, its sources, in a folder."""
    if not is_zip(file):
        yield file, data
        return
    try:
        inner = _Zip(zipfile.ZipFile(io.BytesIO(data)), file)
    except (UsageError, *BROKEN_ZIP) as error:
        raise SubmissionError(f"{file} cannot be unpacked: {error}", "zip it again") from error
    for problem in inner.refused.values():
        raise SubmissionError(f"in {file}: {problem}", "zip plain files")
    names = [name for name in inner.names if is_source(name)]
    if len(names) > MAX_FILES:
        raise SubmissionError(f"{file} has too many source files", "zip your own files alone")
    for name in names:
        yield f"{file}/{name}", inner.read(name)


def write_below(into: Path, name: str, data: bytes) -> Path:
    """Write a file below a folder; SubmissionError where its name does not let that be.

    UsageError where this machine does not: then nobody is refused for it.
    """
    target = into / name
    if not target.resolve().is_relative_to(into.resolve()):
        raise SubmissionError(f"{name!r} is no plain path", "hand in plain files")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            file.write(data)
    except FileExistsError as error:
        raise SubmissionError(f"two files are called {name}", "name them apart") from error
    except OSError as error:
        if error.errno in _BY_NAME:
            told = f"{name} cannot be written: {error.strerror}"
            raise SubmissionError(told, "rename it") from error
        raise UsageError(
            f"{target} cannot be written: {error.strerror}",
            "make room there, or have TMPDIR name another folder",
        ) from error
    return target
