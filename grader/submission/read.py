"""Any form of a submission to one record: bytes, read once, capped, regular files only.

Nothing of a student's is decoded, parsed or executed here, but for a notebook's JSON, of which the
sources of its code cells are taken and nothing else.
"""

import hashlib
import io
import lzma
import os
import stat
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

import msgspec

from grader.errors import SubmissionError, UsageError
from grader.model import SourceFile, Submission

MAX_PYTHON = 1 << 20
MAX_NOTEBOOK = 20 << 20
MAX_ZIP = 64 << 20
MAX_FILES = 64
MAX_ENTRIES = 10_000
_SUFFIXES = (".py", ".ipynb")
# What reading a damaged zip may raise.
BROKEN_ZIP = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, ValueError,
    OSError, EOFError, IndexError,
)  # fmt: skip


class _Cell(msgspec.Struct):
    cell_type: str
    source: str | list[str] = ""


class _Notebook(msgspec.Struct):
    cells: list[_Cell]


def read_submission(path: Path, wanted: tuple[str, ...], student: str | None = None) -> Submission:
    """Read a .py, an .ipynb, a folder or a .zip; `wanted` are the file names asked for.

    Raises UsageError where there is no such file, SubmissionError where it cannot be taken.
    """
    return make_submission(path.name, _files(path), wanted, student or path.stem, None)


def _files(path: Path) -> dict[str, bytes]:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "check the path") from error
    if stat.S_ISDIR(mode):
        return dict(_folder(path))
    if is_zip(path.name):
        return dict(_zip(path.name, read_regular(path, path.name)))
    return {path.name: read_regular(path, path.name)}


def make_submission(
    name: str,
    files: Mapping[str, bytes],
    wanted: tuple[str, ...],
    student: str,
    received: str | None,
) -> Submission:
    """Return the submission that named bytes make up: the wanted file, and helpers beside it."""
    files = {plain(one): data for one, data in files.items()}
    name, student = plain(name), plain(student)
    main = _main(files, wanted, name)
    folder = str(PurePosixPath(main).parent)
    helpers = {
        other: source
        for other, source in files.items()
        if other != main and other.endswith(".py") and _inside(other, folder)
    }
    digest = hashlib.sha256()
    for other, source in sorted({main: files[main], **helpers}.items()):
        digest.update(f"{len(other.encode())} {len(source)} ".encode() + other.encode() + source)
    return Submission(
        name=name,
        student=student,
        sha256=digest.hexdigest(),
        received_at=received,
        main=_source(PurePosixPath(main).name, files[main]),
        helpers=tuple(
            SourceFile(name=_relative(other, folder), cells=(source,), is_notebook=False)
            for other, source in sorted(helpers.items())
        ),
    )


def plain(name: str) -> str:
    """Return a file name as text that can be encoded: undecodable bytes as visible escapes."""
    return name.encode("utf-8", "backslashreplace").decode()


def _inside(name: str, folder: str) -> bool:
    return folder == "." or PurePosixPath(name).is_relative_to(folder)


def _relative(name: str, folder: str) -> str:
    return name if folder == "." else str(PurePosixPath(name).relative_to(folder))


def _main(files: Mapping[str, bytes], wanted: tuple[str, ...], name: str) -> str:
    """Return which file is graded: one of a wanted name, one of its stem, or the only one."""
    stems = {PurePosixPath(one).stem for one in wanted}
    sources = [one for one in files if one.lower().endswith(_SUFFIXES)]
    tiers = (
        [one for one in sources if PurePosixPath(one).name in wanted],
        [one for one in sources if PurePosixPath(one).stem in stems],
        sources,
    )
    for found in tiers:
        shallow = [one for one in found if one.count("/") == min(f.count("/") for f in found)]
        if len(shallow) == 1:
            return shallow[0]
        if shallow:
            raise SubmissionError(
                f"{name} holds several files that could be meant: {', '.join(sorted(shallow)[:8])}",
                f"name one of them {wanted[0]}, or give its path",
            )
    raise SubmissionError(
        f"{name} holds no .py or .ipynb file", f"hand in {' or '.join(wanted) or 'a Python file'}"
    )


def _source(name: str, data: bytes) -> SourceFile:
    if not is_notebook(name):
        return SourceFile(name=name, cells=(data,), is_notebook=False)
    return SourceFile(name=name, cells=_code_cells(name, data), is_notebook=True)


def _code_cells(name: str, data: bytes) -> tuple[bytes, ...]:
    """Return the sources of a notebook's code cells, in order."""
    try:
        notebook = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_Notebook)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        reason = (
            "its JSON is nested too deeply" if isinstance(error, RecursionError) else str(error)
        )
        raise SubmissionError(
            f"{name} is no notebook that can be read: {reason}",
            "open it in Jupyter, save it (format 4) and hand it in again",
        ) from error
    sources = (cell.source for cell in notebook.cells if cell.cell_type == "code")
    texts = (one if isinstance(one, str) else "".join(one) for one in sources)
    cells = tuple(text.encode() for text in texts)
    if sum(map(len, cells)) > MAX_PYTHON:
        raise SubmissionError(
            f"the code cells of {name} are larger than {MAX_PYTHON // 1024} kB", "shorten them"
        )
    return cells


def read_regular(path: Path, shown: str) -> bytes:
    """Read a regular file, once, up to the cap of its kind; links and pipes are refused."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise SubmissionError(
            f"{shown} cannot be read: {error.strerror}", "hand in a plain file, not a link"
        ) from error
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise SubmissionError(f"{shown} is no regular file", "hand in a plain file")
        cap = size_cap(shown)
        data = file.read(cap + 1)
    return check_size(shown, data)


def size_cap(name: str) -> int:
    """Return how many bytes a file of this name may have."""
    if is_zip(name):
        return MAX_ZIP
    return MAX_NOTEBOOK if is_notebook(name) else MAX_PYTHON


def is_zip(name: str) -> bool:
    """Tell a zip by its name."""
    return name.lower().endswith(".zip")


def is_notebook(name: str) -> bool:
    """Tell a notebook by its name."""
    return name.lower().endswith(".ipynb")


def check_size(name: str, data: bytes) -> bytes:
    """Return `data`, or raise SubmissionError where it is over its cap."""
    cap = size_cap(name)
    if len(data) > cap:
        raise SubmissionError(
            f"{name} is larger than {cap // 1024} kB",
            "hand in the source alone: clear a notebook's outputs, leave data files out",
        )
    return data


def is_source(name: str) -> bool:
    """Tell whether a file of a folder, zip or tree is looked at: sources, nothing hidden."""
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith((".", "__MACOSX", "__pycache__")) for part in parts)
    return name.lower().endswith(_SUFFIXES) and not hidden


def _few(names: Iterable[str]) -> list[str]:
    kept = sorted(names)
    if len(kept) > MAX_FILES:
        raise SubmissionError(
            f"there are {len(kept)} source files, more than {MAX_FILES}", "hand in your own alone"
        )
    return kept


def _folder(path: Path) -> Iterable[tuple[str, bytes]]:
    names = []
    for seen, (folder, _, files) in enumerate(os.walk(path)):
        if seen > MAX_ENTRIES:
            raise SubmissionError(f"{path.name} holds too many folders", "hand in your own files")
        names += [str((Path(folder) / file).relative_to(path)) for file in files]
    for name in _few(name for name in names if is_source(name)):
        yield name, read_regular(path / name, name)


def _zip(shown: str, data: bytes) -> Iterable[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            _check_entries(shown, [info.filename for info in infos])
            by_name = {info.filename: info for info in infos}
            for name in _few(name for name in by_name if is_source(name)):
                yield name, _entry(archive, by_name[name])
    except BROKEN_ZIP as error:
        raise SubmissionError(
            f"{shown} cannot be unpacked: {error}", "zip the files again, without a password"
        ) from error


def _check_entries(shown: str, names: list[str]) -> None:
    """Refuse a zip with paths that lead elsewhere, or with two entries of one name."""
    if len(names) > MAX_ENTRIES:
        raise SubmissionError(f"{shown} has too many entries", "zip your own files alone")
    for name in names:
        if name.startswith("/") or "\\" in name or ".." in PurePosixPath(name).parts:
            raise SubmissionError(f"{name!r} in {shown} is no plain path", "zip the files again")
    if len(set(names)) < len(names):
        raise SubmissionError(f"{shown} has two entries of one name", "zip the files again")


def _entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Read one entry into memory: nothing of a zip is ever written to disk."""
    name = info.filename
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise SubmissionError(f"{name} in the zip is no regular file", "zip plain files")
    with archive.open(info) as file:
        return check_size(name, file.read(size_cap(name) + 1))
