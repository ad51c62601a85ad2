# what: close the pipe of answers
# layer: wire
# expect: crashed
import os
import sys


def the_channel():
    frame = sys._getframe()
    while "channel" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["channel"]


def attack():
    os.close(the_channel().answers)
    return True
