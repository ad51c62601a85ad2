# what: find other processes by the clocks that count their time
# layer: namespaces
# expect: stopped
import os
import time


def attack():
    def runs(pid):
        try:
            time.clock_gettime((~pid << 3) | 2)
        except OSError:
            return False
        return True

    ours = (1, os.getpid())
    return any(runs(pid) for pid in range(1, 20000) if pid not in ours)
