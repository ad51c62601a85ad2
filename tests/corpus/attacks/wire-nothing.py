# what: answer with nothing
# layer: wire
# expect: answered
import sys
import time


def the_channel():
    frame = sys._getframe()
    while "channel" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["channel"]


def attack():
    the_channel().send(ord("R"), {}, [])
    time.sleep(1)
    return True
