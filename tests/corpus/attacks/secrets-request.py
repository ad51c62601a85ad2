# what: look for more in the request than what is to be done
# layer: process
# expect: stopped
import sys


def attack():
    frame = sys._getframe()
    while "channel" not in frame.f_locals:
        frame = frame.f_back
    return not set(frame.f_locals["header"]) <= {"steps", "scalars", "arrays"}
