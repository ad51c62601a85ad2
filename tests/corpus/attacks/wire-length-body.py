# what: announce arrays of four gigabytes
# layer: wire
# expect: flooded
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
    os.write(found.answers, struct.pack(">B16sII", ord("R"), found.token, 2, 0xFFFFFFFF) + b"{}")
    time.sleep(1)
    return True
