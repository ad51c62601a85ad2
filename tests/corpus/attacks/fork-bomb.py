# what: start processes without end (twenty here)
# layer: filter
# expect: stopped
import os


def attack():
    started = []
    for _ in range(20):
        try:
            pid = os.fork()
        except OSError:
            continue
        if pid == 0:
            os._exit(0)
        started.append(pid)
    for pid in started:
        os.waitpid(pid, 0)
    return bool(started)
