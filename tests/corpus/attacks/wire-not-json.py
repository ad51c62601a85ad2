# what: answer with a header that is no JSON
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
    header = b"{'outputs': "
    os.write(found.answers, struct.pack(">B16sII", ord("R"), found.token, len(header), 0) + header)
    time.sleep(1)
    return True
