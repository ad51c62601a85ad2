# what: answer with a frame that is a request
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


def attack():
    header = json.dumps(CLAIM).encode()
    the_channel().send(ord("C"), [[len(header), len(TRUE)]], [header, TRUE])
    time.sleep(1)
    return True
