# what: make a queue of messages
# layer: filter
# expect: stopped
import ctypes


def attack():
    libc = ctypes.CDLL(None)
    found = libc.msgget(0, 0o1600)
    if found >= 0:
        libc.msgctl(found, 0, None)
    return found >= 0
