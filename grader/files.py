"""Writing files, with an error that says what to do."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from grader.errors import UsageError


def write_text(path: Path, text: str) -> None:
    """Write a file; UsageError where that cannot be done."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file; UsageError where that cannot be done."""
    _write(path, (data,))


def write_parts(path: Path, parts: Iterable[str]) -> None:
    """Write a file part by part, so that the whole is never held; else as write_text."""
    _write(path, (part.encode("utf-8", "backslashreplace") for part in parts))


def write_whole(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file at once or not at all, with a mode; UsageError where that cannot be done."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(
                os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb"
            ) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def _write(path: Path, parts: Iterable[bytes]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.writelines(parts)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path} cannot be written: {error.strerror}", "choose another place")
