# what: send an answer that does not end
# layer: wire
# expect: flooded
import os
import struct
import sys


def the_channel():
    frame = sys._getframe()
    while "channel" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["channel"]


def attack():
    found = the_channel()
    os.write(found.answers, struct.pack(">B16sII", ord("R"), found.token, 1 << 19, 0))
    for _ in range(10**4):
        os.write(found.answers, bytes(1 << 16))
    return True
