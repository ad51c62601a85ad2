"""Frames: what goes over a guest's pipes, one request and one reply at a time.

    kind u8 | token 16 bytes | header length u32 | body length u32 | header | body     (big-endian)

The token is fresh for each request, and its reply repeats it.
"""

import struct

import msgspec

PREFIX = struct.Struct(">B16sII")

LOAD, CASE, NOTEBOOK, DRAW = b"LCND"
(REPLY,) = b"R"


def frame(kind: int, token: bytes, header: object, body: bytes = b"") -> bytes:
    """Build one frame; `header` is anything that msgspec encodes."""
    encoded = msgspec.json.encode(header)
    return PREFIX.pack(kind, token, len(encoded), len(body)) + encoded + body
