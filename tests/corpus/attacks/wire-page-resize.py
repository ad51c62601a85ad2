# what: change the size of the page that is shared with the grader
# layer: wire
# expect: stopped
import sys


def the_channel():
    frame = sys._getframe()
    while "channel" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["channel"]


def attack():
    the_channel().shared.resize(1 << 20)
    return True
