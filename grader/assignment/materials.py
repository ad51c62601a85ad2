"""What submissions are graded on, as bytes of fixed types: for a cluster's workers, and for kits.

No pickles. Pure.
"""

from fractions import Fraction
from typing import Any, TypeVar

import msgspec

from grader.model import Array, ArrayRecord, Assignment, Case, Probes

_ARRAY = 1  # msgpack's code for an extension of ours
_T = TypeVar("_T")


class Materials(ArrayRecord, frozen=True):
    """What a class is graded on: cases with their numbers, and the probes that explain failures.

    Without a key they are the public cases alone.
    """

    assignment: Assignment
    cases: tuple[Case, ...]
    probes: Probes
    key_id: str | None


def unplaced(assignment: Assignment) -> Assignment:
    """Return an assignment without the paths of this machine."""
    return msgspec.structs.replace(assignment, folder="", reference="", solutions="")


def encoded(record: ArrayRecord) -> bytes:
    """Return a record as bytes, its arrays as dtype, shape and raw bytes."""
    return msgspec.msgpack.encode(record, enc_hook=_encoded)


def decoded(data: bytes, kind: type[_T]) -> _T:
    """Return a record of its bytes; msgspec.DecodeError where they are none of it."""
    return msgspec.msgpack.decode(data, type=kind, dec_hook=_decoded, ext_hook=_array)


# NumPy is imported in these: what finds an assignment needs no array, and must not wait for it.


def _encoded(value: object) -> object:
    import numpy as np  # noqa: PLC0415

    if isinstance(value, np.ndarray):
        head = msgspec.msgpack.encode((value.dtype.str, value.shape))
        return msgspec.msgpack.Ext(_ARRAY, len(head).to_bytes(4) + head + value.tobytes())
    if isinstance(value, Fraction):
        return str(value)
    raise NotImplementedError(type(value).__name__)


def _decoded(kind: type, value: Any) -> object:  # noqa: ANN401 - as msgspec calls it
    if kind is Fraction:
        return Fraction(value)
    raise NotImplementedError(kind.__name__)


def _array(code: int, data: memoryview) -> Array:
    import numpy as np  # noqa: PLC0415

    if code != _ARRAY:
        raise ValueError(f"an extension {code}")
    start = 4 + int.from_bytes(data[:4])
    dtype, shape = msgspec.msgpack.decode(data[4:start], type=tuple[str, tuple[int, ...]])
    return np.frombuffer(data[start:], dtype).reshape(shape).copy()
