# what: answer once more from a thread, after the answer
# layer: wire
# expect: stopped
import json
import sys
import threading
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


def late(found):
    time.sleep(0.5)
    send(found, CLAIM, TRUE)


def attack():
    threading.Thread(target=late, args=(the_channel(),), daemon=True).start()
    return False
