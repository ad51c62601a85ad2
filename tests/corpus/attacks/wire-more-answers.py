# what: answer more than it was asked for
# layer: wire
# expect: crashed
import json
import sys
import time

CLAIM = {"outputs": {"got_through": {"kind": "scalar", "dtype": "<f8", "shape": []}}}
TRUE = b"\0\0\0\0\0\0\xf0?"


def the_channel():
    frame = sys._getframe()
    while "channel" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["channel"]


def attack():
    header = json.dumps(CLAIM).encode()
    row = [len(header), len(TRUE)]
    the_channel().send(ord("R"), [row, row], [header, TRUE, header, TRUE])
    time.sleep(1)
    return True
