"""Writing files whole or not at all, with an error that says what to do."""

import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from grader.errors import UsageError

ANYBODY = 0o666  # but for what the umask takes away
OWNER_ALONE = 0o600
_PART = re.compile(r"\.[0-9a-f]{16}\.part")


def write_text(path: Path, text: str) -> None:
    """Write a file; UsageError where that cannot be done."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_bytes(path: Path, data: bytes, mode: int = ANYBODY) -> None:
    """Write a file with a mode; UsageError where that cannot be done."""
    _write(path, (data,), mode)


def write_parts(path: Path, parts: Iterable[str]) -> None:
    """Write a file part by part, so that the whole is never held; else as write_text."""
    _write(path, (part.encode("utf-8", "backslashreplace") for part in parts), ANYBODY)


def clear_parts(folder: Path) -> None:
    """Take away what killed writers have left in a folder; nobody may be writing there."""
    for path in folder.glob(".*.part"):
        if _PART.fullmatch(path.name):
            path.unlink(missing_ok=True)


def _write(path: Path, parts: Iterable[bytes], mode: int) -> None:
    with whole(path, mode) as file:
        file.writelines(parts)


@contextmanager
def whole(path: Path, mode: int = ANYBODY) -> Iterator[BinaryIO]:
    """Yield a file to write, which is there when it is whole; UsageError where that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():  # a device, a pipe
            with path.open("wb") as file:
                yield file
        else:
            with _beside(path.resolve() if path.is_symlink() else path, mode) as file:
                yield file
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}",
            "choose another place, or see whose this one is",
        ) from error


@contextmanager
def _beside(path: Path, mode: int) -> Iterator[BinaryIO]:
    """Yield a file beside another one, and put it in that one's place in the end."""
    beside = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            yield file
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
