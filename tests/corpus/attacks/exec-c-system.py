# what: run a shell by the C library
# layer: filter
# expect: stopped
import ctypes


def attack():
    return ctypes.CDLL(None).system(b"true") == 0
