# what: start a process on a terminal of its own
# layer: filter
# expect: stopped
import os


def attack():
    pid, _ = os.forkpty()
    if pid == 0:
        os._exit(0)
    return pid > 0
