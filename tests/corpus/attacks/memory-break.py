# what: move the end of the data segment
# layer: limits
# expect: stopped
import ctypes


def attack():
    sbrk = ctypes.CDLL(None).sbrk
    sbrk.restype = ctypes.c_ssize_t
    return sbrk(ctypes.c_ssize_t(1 << 30)) != -1
