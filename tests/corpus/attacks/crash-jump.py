# what: jump to where there is no code
# layer: process
# expect: crashed
import ctypes


def attack():
    return ctypes.CFUNCTYPE(ctypes.c_int)(1)() > 0
