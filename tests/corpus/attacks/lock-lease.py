# what: take a lease on a file, to be told who opens it
# layer: filter
# expect: stopped
import fcntl
import os


def attack():
    with open(os.__file__) as file:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        return True
