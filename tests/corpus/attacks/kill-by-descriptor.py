# what: have a pipe signal the parent when it can be read
# layer: filter
# expect: stopped
import fcntl
import os

F_SETOWN = 8


def attack():
    out, _ = os.pipe()
    fcntl.fcntl(out, F_SETOWN, os.getppid())
    return True
