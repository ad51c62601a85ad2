# what: trace the parent process
# layer: filter
# expect: crashed
import ctypes
import os


def attack():
    return ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) == 0
