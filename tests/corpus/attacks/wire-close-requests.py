# what: close the pipe of requests
# layer: wire
# expect: stopped
import os
import sys


def the_channel():
    frame = sys._getframe()
    while "channel" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["channel"]


def attack():
    os.close(the_channel().requests)
    return False
