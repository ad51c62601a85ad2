"""Files between machines: a first line that says what it is, a SHA-256 over all bytes, a record.

The digest tells damage from design: whoever makes such a file can make its digest, too.
"""

import hashlib
from typing import TypeVar

import msgspec

from grader.sandbox.evidence import Unreadable, packed, unpacked

_DIGEST = hashlib.sha256().digest_size
_T = TypeVar("_T")


def sealed(kind: str, record: msgspec.Struct) -> bytes:
    """Return a record as the bytes of a file."""
    data = packed(record)
    return _line(kind) + _digest(kind, data) + data


def opened(data: bytes, kind: str, into: type[_T], most: int) -> _T | Unreadable:
    """Return the record in a file, of `most` bytes; total, whatever the bytes are."""
    line = _line(kind)
    if not data.startswith(line):
        return Unreadable("it begins otherwise")
    start = len(line) + _DIGEST
    if data[len(line) : start] != _digest(kind, data[start:]):
        return Unreadable("bytes of it were changed or lost")
    return unpacked(data[start:], into, most)


def _line(kind: str) -> bytes:
    return f"{kind}/1\n".encode()


def _digest(kind: str, data: bytes) -> bytes:
    return hashlib.sha256(_line(kind) + data).digest()
