"""The wire: bytes to records and back. Total: bad bytes are a value, never an exception.

What a frame carries: its header is JSON, decoded against the types below and nothing else; its body
is the raw bytes of the arrays that the header describes, one after another, C order, little-endian.
No pickle, no npy, no repr: out of a guest come numbers, and short strings that are only ever shown.
"""

import builtins
import io
import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, TypeAlias, TypeVar

import msgspec
import numpy as np

from grader.model import (
    Array,
    Definition,
    Extracted,
    LeftOut,
    Position,
    Problem,
    Record,
    Scalar,
    Seen,
    SourceFile,
    Value,
)
from grader.sandbox.policy import MAX_HEADER

_NUMPY_EXCEPTIONS = frozenset({
    "LinAlgError", "AxisError", "ComplexWarning", "VisibleDeprecationWarning", "RankWarning",
    "TooHardError", "DTypePromotionError", "UFuncTypeError", "_UFuncNoLoopError",
    "_UFuncInputCastingError", "_UFuncOutputCastingError", "_UFuncBinaryResolutionError",
    "_ArrayMemoryError",
})  # fmt: skip
_MAX_ITEMS = 512
_MAX_DIMENSIONS = 8

Dtype: TypeAlias = Literal[
    "|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8",
    "<f2", "<f4", "<f8", "<c8", "<c16",
]  # fmt: skip
_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class Malformed(Record, frozen=True):
    """Bytes that are no valid answer, and why."""

    why: str


class _WireValue(Record, frozen=True):
    """An array by dtype and shape, or, where these are absent, a description of something else."""

    kind: str
    dtype: Dtype | None = None
    shape: tuple[_Count, ...] | None = None


class _WireProblem(Record, frozen=True):
    type: str
    message: str
    file: str | None = None
    cell: _Count | None = None
    line: _Count | None = None


class _CaseHeader(Record, frozen=True):
    outputs: dict[str, _WireValue] = {}
    missing: tuple[str, ...] = ()
    absent: str | None = None
    changed: dict[str, _WireValue] = {}
    others: dict[str, _WireValue] = {}
    shares: dict[str, tuple[str, ...]] = {}
    used: dict[str, tuple[_Count, ...]] = {}
    named: dict[str, tuple[str, ...]] = {}
    random: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    problem: _WireProblem | None = None
    step: _Count | None = None
    out_of_memory: bool = False


class _WirePlace(Record, frozen=True):
    name: str
    what: str
    file: str
    cell: _Count | None
    line: _Count
    end: _Count
    empty: bool = False


class _LoadHeader(Record, frozen=True):
    found: tuple[_WirePlace, ...] = ()
    dropped: tuple[_WirePlace, ...] = ()
    failed: dict[str, _WireProblem] = {}
    unreadable: tuple[_WireProblem, ...] = ()


class _AuthorHeader(Record, frozen=True):
    """What author code made: named values, texts by cell, or what went wrong in which cell."""

    values: dict[str, _WireValue] = {}
    texts: dict[str, str] = {}
    problem: str | None = None


class CaseAnswer(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A case's answer: outputs that were read, outputs that were not there, and what was seen."""

    outputs: dict[str, Value]
    missing: tuple[str, ...]
    absent: str | None
    seen: Seen
    problem: Problem | None
    step: int | None
    out_of_memory: bool


class AuthorAnswer(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What author code made, or the problem it ran into."""

    values: dict[str, Value]
    texts: dict[str, str]
    problem: str | None


# --- requests: trusted, so they need only be right ------------------------------------------------


def load_request(files: Sequence[SourceFile]) -> tuple[object, bytes]:
    """Return header and body that hand over sources: the first is graded, the rest are helpers."""
    header = [
        {
            "name": file.name,
            "notebook": file.is_notebook,
            "cells": [len(cell) for cell in file.cells],
        }
        for file in files
    ]
    return header, b"".join(cell for file in files for cell in file.cells)


def given_values(given: Mapping[str, Array | Scalar]) -> tuple[object, bytes]:
    """Return header and body of a case's given values."""
    scalars = {name: value for name, value in given.items() if _fits_json(value)}
    arrays = {name: np.asarray(value) for name, value in given.items() if name not in scalars}
    header = {
        "scalars": scalars,
        "arrays": [[name, array.dtype.str, array.shape] for name, array in arrays.items()],
    }
    return header, b"".join(np.ascontiguousarray(array).tobytes() for array in arrays.values())


def _fits_json(value: Array | Scalar) -> bool:
    """Tell whether a value is a scalar that JSON has: infinities and NaN go as 0-d arrays."""
    return not isinstance(value, np.ndarray) and math.isfinite(value)


def author_values(values: Mapping[str, Array | Scalar]) -> tuple[object, bytes]:
    """Return header and body of named values, as `decode_author` reads them."""
    header, body = {}, []
    for name, value in values.items():
        array = np.asarray(value)
        kind = "array" if isinstance(value, np.ndarray) else "scalar"
        header[name] = {"kind": kind, "dtype": array.dtype.str, "shape": array.shape}
        body.append(np.ascontiguousarray(array).tobytes())
    return {"values": header}, b"".join(body)


# --- answers: hostile ---------------------------------------------------------------------------


class _Body:
    """Hands out the arrays of a body in order; `_Bad` where they do not fit."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, value: _WireValue) -> Value:
        if value.dtype is None or value.shape is None:
            return Value(kind=_short(value.kind), array=None)
        if len(value.shape) > _MAX_DIMENSIONS:
            raise _Bad("an array of an impossible shape")
        dtype = np.dtype(value.dtype)
        size = math.prod(value.shape) * dtype.itemsize
        if size > len(self.data) - self.at:
            raise _Bad("fewer bytes than its arrays need")
        raw = self.data[self.at : self.at + size]
        self.at += size
        if dtype.kind == "b":  # a bool that is neither 0 nor 1 would break later arithmetic
            array = np.frombuffer(raw, np.uint8).astype(np.bool_)
        else:
            array = np.frombuffer(raw, dtype)
        return Value(kind=_short(value.kind), array=array.reshape(value.shape))

    def all(self, values: Mapping[str, _WireValue]) -> dict[str, Value]:
        return {_short(name): self.take(value) for name, value in values.items()}

    def done(self) -> None:
        if self.at != len(self.data):
            raise _Bad("bytes beyond its arrays")


class _Bad(Exception):  # noqa: N818 - never leaves this module
    pass


def decode_parts(header: bytes, body: bytes, count: int) -> list[tuple[bytes, bytes]] | Malformed:
    """Return header and body of each of the answers to `count` cases."""
    try:
        lengths = _decode(header, list[tuple[_Count, _Count]])
    except _Bad as error:
        return Malformed(why=_short(str(error)))
    if len(lengths) != count:
        return Malformed(why="another number of answers than it was asked for")
    if sum(map(sum, lengths)) != len(body):
        return Malformed(why="answers of another length than it said")
    stream = io.BytesIO(body)
    return [(stream.read(head), stream.read(arrays)) for head, arrays in lengths]


def decode_case(header: bytes, body: bytes) -> CaseAnswer | Malformed:
    """Decode a case's answer."""
    try:
        wire = _decode(header, _CaseHeader)
        arrays = _Body(body)
        outputs = arrays.all(wire.outputs)
        changed = arrays.all(wire.changed)
        others = arrays.all(wire.others)
        arrays.done()
    except (_Bad, ValueError) as error:
        return Malformed(why=_short(str(error)))
    seen = Seen(
        changed=changed,
        shares={_short(name): _shorts(names) for name, names in wire.shares.items()},
        others=others,
        used={_short(name): indices for name, indices in wire.used.items()},
        named={_short(name): _shorts(names) for name, names in wire.named.items()},
        random=_shorts(wire.random),
        none=_shorts(wire.none),
    )
    return CaseAnswer(
        outputs=outputs,
        missing=_shorts(wire.missing),
        absent=None if wire.absent is None else _short(wire.absent),
        seen=seen,
        problem=_problem(wire.problem),
        step=wire.step,
        out_of_memory=wire.out_of_memory,
    )


def decode_load(header: bytes, body: bytes) -> Extracted | Malformed:
    """Decode what a guest found in a file."""
    try:
        _Body(body).done()
        wire = _decode(header, _LoadHeader)
    except _Bad as error:
        return Malformed(why=_short(str(error)))
    return Extracted(
        found=tuple(
            Definition(
                name=_short(place.name),
                kind=_short(place.what),
                position=Position(file=_short(place.file), cell=place.cell, line=place.line),
                end_line=place.end,
                is_empty=place.empty,
            )
            for place in wire.found[:_MAX_ITEMS]
        ),
        dropped=tuple(
            LeftOut(
                what=_short(place.what),
                why=_short(place.name),
                position=Position(file=_short(place.file), cell=place.cell, line=place.line),
            )
            for place in wire.dropped[:_MAX_ITEMS]
        ),
        failed={_short(name): _sure(problem) for name, problem in wire.failed.items()},
        unreadable=tuple(_sure(problem) for problem in wire.unreadable[:_MAX_ITEMS]),
    )


def decode_author(header: bytes, body: bytes) -> AuthorAnswer | Malformed:
    """Decode what author code made: notebook values and texts, or a draw."""
    try:
        wire = _decode(header, _AuthorHeader, cap=1 << 24)
        arrays = _Body(body)
        values = arrays.all(wire.values)
        arrays.done()
    except (_Bad, ValueError) as error:
        return Malformed(why=_short(str(error)))
    return AuthorAnswer(values=values, texts=wire.texts, problem=wire.problem)


_T = TypeVar("_T")


def _decode(header: bytes, into: type[_T], cap: int = MAX_HEADER) -> _T:
    if len(header) > cap:
        raise _Bad("a header that is too long")
    try:
        return msgspec.json.decode(header, type=into)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise _Bad(f"a header that is none: {error}") from error


def _short(text: str, cap: int = 200) -> str:
    return text if len(text) <= cap else text[: cap - 1] + "…"


def _shorts(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(_short(text) for text in texts)


def _sure(wire: _WireProblem) -> Problem:
    position = None
    if wire.file is not None and wire.line is not None:
        position = Position(file=_short(wire.file), cell=wire.cell, line=wire.line)
    known = wire.type if _is_known(wire.type) else ""
    return Problem(type=known, message=_short(wire.message, 1000), position=position)


def _is_known(name: str) -> bool:
    """Tell whether an exception's name is Python's or NumPy's: no other is repeated."""
    kind = getattr(builtins, name, None)
    return name in _NUMPY_EXCEPTIONS or (isinstance(kind, type) and issubclass(kind, BaseException))


def _problem(wire: _WireProblem | None) -> Problem | None:
    return None if wire is None else _sure(wire)
