"""The signing key: the private half, from which receipts come, and where it is found."""

import secrets
from collections.abc import Mapping
from pathlib import Path

from grader.assignment.key import keep_once
from grader.errors import UsageError
from grader.model import Record

_VARIABLE = "GRADER_SIGNING_KEY"
_FILE = "signing-key"
_SIZE = 32  # of a private key of Ed25519, and of a public one


class Signer(Record, frozen=True):
    """A private key, and where it came from in words."""

    seed: bytes
    origin: str


def find_signer(environment: Mapping[str, str], folder: Path) -> Signer:
    """Return the signing key: of GRADER_SIGNING_KEY, or kept in `folder`, where it is made once.

    Raises UsageError on a CI service, where a key that is made would be lost after the run.
    """
    known = known_signer(environment, folder)
    if known is not None:
        return known
    hint = f"set {_VARIABLE} to 64 hexadecimal digits, the same for all of a course's receipts"
    if environment.get("CI"):
        raise UsageError("there is no signing key, and one made here would be lost", hint)
    path = folder / _FILE
    try:
        keep_once(secrets.token_hex(_SIZE).encode(), path)
    except OSError as error:
        raise UsageError(
            f"a signing key cannot be kept in {folder}: {error.strerror}", hint
        ) from error
    return Signer(seed=_read(path), origin=f"made just now in {path}")


def known_signer(environment: Mapping[str, str], folder: Path) -> Signer | None:
    """Return the signing key if there is one; none is made."""
    told = environment.get(_VARIABLE)
    if told:
        return Signer(seed=digits(told, _VARIABLE), origin=_VARIABLE)
    path = folder / _FILE
    return Signer(seed=_read(path), origin=str(path)) if path.exists() else None


def digits(text: str, where: str) -> bytes:
    """Return the bytes of a key that is written as 64 hexadecimal digits."""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != _SIZE:
        raise UsageError(
            f"{where} is no key of Ed25519", f"a key is {2 * _SIZE} hexadecimal digits"
        )
    return key


def _read(path: Path) -> bytes:
    try:
        return digits(path.read_text(encoding="ascii", errors="replace"), str(path))
    except OSError as error:
        raise UsageError(
            f"the signing key {path} cannot be read: {error.strerror}",
            f"set {_VARIABLE} in its place",
        ) from error
