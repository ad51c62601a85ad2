# what: send two answers at once
# layer: wire
# expect: crashed
import json
import os
import struct
import sys
import time

CLAIM = {"outputs": {"got_through": {"kind": "scalar", "dtype": "<f8", "shape": []}}}
TRUE, FALSE = b"\0\0\0\0\0\0\xf0?", b"\0\0\0\0\0\0\0\0"


def the_channel():
    frame = sys._getframe()
    while "channel" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["channel"]


def attack():
    found = the_channel()
    header = json.dumps(CLAIM).encode()
    lengths = b"[[%d,8]]" % len(header)
    start = struct.pack(">B16sII", ord("R"), found.token, len(lengths), len(header) + 8)
    start += lengths + header
    os.write(found.answers, start + FALSE + start + TRUE)
    time.sleep(1)
    return True
