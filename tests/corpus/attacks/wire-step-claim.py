# what: claim to be at a step that there is not, and end
# layer: wire
# expect: crashed
import os
import struct
import sys


def the_channel():
    frame = sys._getframe()
    while "channel" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["channel"]


def attack():
    struct.pack_into(">I", the_channel().shared, 0, 0xFFFFFFFF)
    os._exit(0)
