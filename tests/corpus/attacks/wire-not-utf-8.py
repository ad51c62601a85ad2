# what: answer with text that is no text
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
    header = b'{"missing": ["\xff\xfe\xed\xa0\x80"]}'
    lengths = b"[[%d,0]]" % len(header)
    start = struct.pack(">B16sII", ord("R"), found.token, len(lengths), len(header))
    os.write(found.answers, start + lengths + header)
    time.sleep(1)
    return True
