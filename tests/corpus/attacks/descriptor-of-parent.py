# what: take a descriptor out of the parent
# layer: filter
# expect: crashed
import ctypes


def attack():
    return ctypes.CDLL(None).syscall(438, 0, 0, 0) >= 0
