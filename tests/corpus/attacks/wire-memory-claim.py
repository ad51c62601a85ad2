# what: claim to have run out of memory, and an answer as well
# layer: wire
# expect: stopped
import json
import sys
import time

CLAIM = {"outputs": {"got_through": {"kind": "scalar", "dtype": "<f8", "shape": []}}}
TRUE, FALSE = b"\0\0\0\0\0\0\xf0?", b"\0\0\0\0\0\0\0\0"


def the_channel():
    frame = sys._getframe()
    while "channel" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["channel"]


def send(found, header, arrays=b""):
    header = json.dumps(header).encode()
    found.send(ord("R"), [[len(header), len(arrays)]], [header, arrays])


def attack():
    send(the_channel(), CLAIM | {"out_of_memory": True}, FALSE)
    time.sleep(1)
    return True
