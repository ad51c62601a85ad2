# what: turn off address randomisation
# layer: filter
# expect: crashed
import ctypes


def attack():
    return ctypes.CDLL(None).personality(ctypes.c_ulong(0x0040000)) >= 0
