"""The course key: what makes fresh draws unknown to students and equal for a whole class."""

import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from grader.errors import UsageError
from grader.model import Record

_VARIABLE = "GRADER_KEY"
_MINIMUM = 16


class Key(Record, frozen=True):
    """A secret, and where it came from in words. `lasting` keys give the same draws again."""

    secret: bytes
    origin: str
    lasting: bool = True

    @property
    def id(self) -> str:
        """Return 12 hexadecimal digits that name the key and tell nothing of it."""
        return hmac.digest(self.secret, b"grader key id", hashlib.sha256).hex()[:12]

    def seed(self, assignment: str, case: str) -> str:
        """Return a 128-bit seed, in hexadecimal: HMAC-SHA-256(key, assignment | case)."""
        message = f"{assignment}|{case}".encode()
        return hmac.digest(self.secret, message, hashlib.sha256).hex()[:32]

    def for_run(self, nonce: str) -> "Key":
        """Return the key of one run alone, made of this one and a number used once."""
        made = hmac.digest(self.secret, f"grader run {nonce}".encode(), hashlib.sha256).hex()
        return Key(secret=made.encode(), origin=f"run {nonce} of {self.id}", lasting=False)


def new_key() -> Key:
    """Return a key for this run alone."""
    return Key(
        secret=secrets.token_bytes(32), origin="a new key, for this run alone", lasting=False
    )


def find_key(environment: Mapping[str, str], folder: Path) -> Key:
    """Return the course key: of GRADER_KEY, or kept in `folder`, where it is made once.

    Raises UsageError on a CI service, where a key that is made would be lost after the run.
    """
    told = environment.get(_VARIABLE)
    if told:
        return _key(_encoded(told).strip(), _VARIABLE)
    path = folder / "key"
    if path.exists():
        return _key(_read(path), str(path))
    hint = f"set {_VARIABLE} to the course's key, or draw for this run alone with --new-key"
    if environment.get("CI"):
        raise UsageError("there is no course key, and one made here would be lost", hint)
    try:
        keep_once(secrets.token_hex(32).encode(), path)
    except OSError as error:
        raise UsageError(
            f"a course key cannot be kept in {folder}: {error.strerror}", hint
        ) from error
    return _key(_read(path), f"made just now in {path}")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes().strip()
    except OSError as error:
        raise UsageError(
            f"the course key {path} cannot be read: {error.strerror}",
            f"set {_VARIABLE} in its place",
        ) from error


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"{_VARIABLE} is no text", "use letters and digits") from error


def _key(secret: bytes, origin: str) -> Key:
    if len(secret) < _MINIMUM:
        raise UsageError(
            f"the course key of {origin} is too short to be a secret",
            'make one with: python -c "import secrets; print(secrets.token_hex(32))"',
        )
    return Key(secret=secret, origin=origin)


def keep_once(secret: bytes, path: Path) -> None:
    """Write a key whole or not at all; of two processes that make one, the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # readable by its owner alone
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)
    with contextlib.suppress(FileExistsError):
        os.link(name, path)
    Path(name).unlink()
