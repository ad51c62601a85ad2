"""Writing files whole or not at all, with an error that says what to do."""

import contextlib
import os
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


def _write(path: Path, parts: Iterable[bytes]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():  # a device, a pipe
            with path.open("wb") as file:
                file.writelines(parts)
        else:
            _replace(path.resolve(), parts)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}", "choose another place"
        ) from error


def _replace(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file beside it, and put that in its place when it is whole."""
    beside = path.with_name(f".grader-{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            file.writelines(parts)
        beside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
