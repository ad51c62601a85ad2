# what: lock a file of Python's, to signal to another submission
# layer: filter
# expect: stopped
import fcntl
import os


def attack():
    with open(os.__file__) as file:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return True
