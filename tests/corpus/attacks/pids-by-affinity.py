# what: find other processes by the processors they may use
# layer: namespaces
# expect: stopped
import os


def attack():
    def runs(pid):
        try:
            os.sched_getaffinity(pid)
        except OSError:
            return False
        return True

    ours = (1, os.getpid())
    return any(runs(pid) for pid in range(1, 20000) if pid not in ours)
