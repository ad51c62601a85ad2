# what: open a path that is a null pointer or no pointer at all
# layer: process
# expect: stopped
import ctypes


def attack():
    libc = ctypes.CDLL(None)
    return any(libc.open(ctypes.c_void_p(where), 0) >= 0 for where in (0, 1, 2**64 - 1))
