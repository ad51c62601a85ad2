# what: answer with JSON a hundred thousand levels deep
# layer: wire
# expect: crashed
import os
import struct
import sys
import time


def the_channel():
    frame = sys._getframe()
    while "channel" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["channel"]


def attack():
    found = the_channel()
    header = b'{"missing": ' + b"[" * 10**5 + b"]" * 10**5 + b"}"
    data = struct.pack(">B16sII", ord("R"), found.token, len(header), 0) + header
    while data:
        data = data[os.write(found.answers, data) :]
    time.sleep(1)
    return True
