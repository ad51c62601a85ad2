# what: answer with a verdict in place of values
# layer: wire
# expect: crashed
import sys
import time


def the_channel():
    frame = sys._getframe()
    while "channel" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["channel"]


def attack():
    the_channel().send(ord("R"), {"state": "passed", "points": 100}, [])
    time.sleep(1)
    return True
