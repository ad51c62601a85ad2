# what: call the system by a second set of numbers
# layer: filter
# expect: crashed
import ctypes


def attack():
    return ctypes.CDLL(None).syscall(ctypes.c_long(0x40000000 | 39)) > 0
