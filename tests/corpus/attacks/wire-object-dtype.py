# what: answer with an array of Python objects
# layer: wire
# expect: crashed
import json
import sys
import time


def the_channel():
    frame = sys._getframe()
    while "channel" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["channel"]


def send(found, header, arrays=b""):
    header = json.dumps(header).encode()
    found.send(ord("R"), [[len(header), len(arrays)]], [header, arrays])


def attack():
    send(
        the_channel(),
        {"outputs": {"got_through": {"kind": "array", "dtype": "|O", "shape": [1]}}},
        bytes(8),
    )
    time.sleep(1)
    return True
