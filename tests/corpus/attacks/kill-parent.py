# what: signal the parent process
# layer: filter
# expect: stopped
import os


def attack():
    os.kill(os.getppid(), 0)
    return True
