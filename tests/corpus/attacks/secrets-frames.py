# what: look for expected values in the frames that called this one
# layer: process
# expect: stopped
import sys

WORDS = ("expected", "tolerance", "visibility", "weight", "points", "verdict")


def attack():
    frame = sys._getframe().f_back
    while frame is not None:
        told = repr(frame.f_locals).lower()
        if any(word in told for word in WORDS):
            return True
        frame = frame.f_back
    return False
