# what: announce lengths that make up for each other
# layer: wire
# expect: crashed
import json
import sys
import time


def the_channel():
    frame = sys._getframe()
    while "channel" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["channel"]


def attack():
    header = json.dumps({}).encode()
    the_channel().send(ord("R"), [[len(header) + 8, -8]], [header])
    time.sleep(1)
    return True
