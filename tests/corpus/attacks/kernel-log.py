# what: read the log of the kernel
# layer: filter
# expect: stopped
import ctypes


def attack():
    return ctypes.CDLL(None).klogctl(10, None, 0) > 0
