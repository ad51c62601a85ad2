# what: ask the C library for memory
# layer: limits
# expect: stopped
import ctypes


def attack():
    malloc = ctypes.CDLL(None).malloc
    malloc.restype = ctypes.c_void_p
    return malloc(ctypes.c_size_t(2 << 30)) is not None
