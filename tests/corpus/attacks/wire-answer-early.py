# what: answer before the call is over, then once more
# layer: wire
# expect: stopped
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
    found.send(ord("R"), CLAIM, [FALSE])
    time.sleep(0.5)
    found.send(ord("R"), CLAIM, [TRUE])
    return True
