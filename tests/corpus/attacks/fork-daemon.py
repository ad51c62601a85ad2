# what: outlive the grader as the child of a child
# layer: filter
# expect: stopped
import os
import time


def attack():
    out, into = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(into, b"daemon")
            time.sleep(0.1)
        os._exit(0)
    os.wait()
    return os.read(out, 6) == b"daemon"
