# what: queue a signal with a value for the parent
# layer: filter
# expect: stopped
import ctypes
import os


def attack():
    return ctypes.CDLL(None).sigqueue(os.getppid(), 0, ctypes.c_void_p(0)) == 0
