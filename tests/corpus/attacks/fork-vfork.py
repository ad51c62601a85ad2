# what: start a process by vfork
# layer: filter
# expect: stopped
import ctypes
import os


def attack():
    pid = ctypes.CDLL(None).vfork()
    if pid == 0:
        os._exit(0)
    return pid > 0
