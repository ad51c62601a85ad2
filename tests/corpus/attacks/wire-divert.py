# what: have what is printed go into the pipe of answers
# layer: wire
# expect: crashed
import fcntl
import os
import sys
import time


def the_channel():
    frame = sys._getframe()
    while "channel" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["channel"]


def attack():
    os.close(1)
    fcntl.fcntl(the_channel().answers, fcntl.F_DUPFD, 1)
    print("garbage" * 10, flush=True)
    time.sleep(1)
    return True
