"""Receipts: results that are signed and chained, so that any changed byte of the file shows.

Each signature is over a row, its place among so many, and the digest of the receipt before: none
can be changed, left out, added or moved. The file itself has one form. Pure; `cryptography` is an
extra.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from grader.errors import UsageError
from grader.exports.canonical import canonical
from grader.model import Record, Scorecard

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

_SCHEMA = "grader/receipts/1"
Row: TypeAlias = dict[str, Any]  # JSON


class Receipt(Record, frozen=True):
    """A result, the digest of the receipt before it, and a signature over both."""

    row: Row
    previous: str
    signature: str


class Receipts(Record, frozen=True):
    """A chain of receipts, and the public key that they are signed by."""

    schema: str
    signer: str
    receipts: tuple[Receipt, ...]


class Forged(Record, frozen=True):
    """Why a file holds no genuine receipts."""

    why: str


def row_of(scorecard: Scorecard) -> Row:
    """Return a scorecard as the row of a receipt."""
    return {"scorecard": msgspec.json.decode(canonical(scorecard))}


def signed(rows: Sequence[Row], seed: bytes) -> bytes:
    """Return the file of receipts of all rows, in their order, by a private key."""
    key = _private(seed)
    signer = key.public_key().public_bytes_raw().hex()
    receipts, previous = [], ""
    for place, row in enumerate(rows, start=1):
        told = _told(signer, place, len(rows), previous, row)
        signature = key.sign(told)
        receipts.append(Receipt(row=row, previous=previous, signature=signature.hex()))
        previous = _digest(told, signature)
    return _written(Receipts(schema=_SCHEMA, signer=signer, receipts=tuple(receipts)))


def verified(data: bytes, signer: str) -> tuple[Row, ...] | Forged:
    """Return the rows of a file that is genuine, byte for byte, by a public key; total."""
    try:
        found = msgspec.json.decode(data, type=Receipts)
        same = _written(found) == data
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError, UnicodeError):
        return Forged("this is no file of receipts, or it was cut off")
    if found.schema != _SCHEMA or not same:
        return Forged(
            "it is not in the form that receipts are written in: bytes of it were changed"
        )
    if found.signer != signer:
        return Forged(f"it is signed by another key: {found.signer[:64]!a}")
    if not found.receipts:
        return Forged("there is no receipt in it")
    for place, told, receipt in _chain(found):
        if not _is_signed(signer, told, receipt.signature):
            return Forged(f"receipt {place} of {len(found.receipts)} does not fit its signature")
    return tuple(one.row for one in found.receipts)


def public_half(seed: bytes) -> str:
    """Return the public key that belongs to a private one, in hexadecimal."""
    return _private(seed).public_key().public_bytes_raw().hex()


def _chain(found: Receipts) -> Iterator[tuple[int, bytes, Receipt]]:
    """Yield each receipt with its place, and what must have been signed for it to stand there."""
    previous = ""
    for place, one in enumerate(found.receipts, start=1):
        told = _told(found.signer, place, len(found.receipts), previous, one.row)
        yield place, told, one if one.previous == previous else _unsigned(one)
        previous = _digest(told, _bytes(one.signature))


def _unsigned(receipt: Receipt) -> Receipt:
    return msgspec.structs.replace(receipt, signature="")


def _told(signer: str, place: int, of: int, previous: str, row: Row) -> bytes:
    return msgspec.json.encode([_SCHEMA, signer, place, of, previous, row])


def _digest(told: bytes, signature: bytes) -> str:
    return hashlib.sha256(signature + told).hexdigest()


def _written(receipts: Receipts) -> bytes:
    return msgspec.json.format(msgspec.json.encode(receipts), indent=1) + b"\n"


def _is_signed(signer: str, told: bytes, signature: str) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - an extra

    try:
        _public(signer).verify(_bytes(signature), told)
    except InvalidSignature:
        return False
    return True


def _bytes(text: str) -> bytes:
    """Return the bytes of lower-case hexadecimal digits; none for anything else."""
    try:
        data = bytes.fromhex(text)
    except ValueError:
        return b""
    return data if data.hex() == text else b""


def _private(seed: bytes) -> "Ed25519PrivateKey":
    _check_extra()
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - an extra

    return ed25519.Ed25519PrivateKey.from_private_bytes(seed)


def _public(signer: str) -> "Ed25519PublicKey":
    _check_extra()
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - an extra

    return ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(signer))


def _check_extra() -> None:
    try:
        import cryptography  # noqa: F401, PLC0415 - an extra
    except ImportError as error:
        raise UsageError(
            f"nothing can be signed or verified here: {error}", "pip install 'ndgrader[sign]'"
        ) from error
