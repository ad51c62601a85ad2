# what: send half an answer, and wait
# layer: wire
# expect: timed_out
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
    os.write(found.answers, struct.pack(">B16sII", ord("R"), found.token, 100, 100) + b"{")
    time.sleep(60)
    return True
