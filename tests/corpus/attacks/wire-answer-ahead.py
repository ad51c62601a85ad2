# what: answer a case before it is asked for
# layer: wire
# expect: crashed
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


class Load:
    found = the_channel()
    found.send(ord("R"), {})
    send(found, CLAIM, TRUE)
    time.sleep(1)


def attack():
    return True
