# what: mount by the newer calls, which work on descriptors
# layer: filter
# expect: crashed
import ctypes


def attack():
    return ctypes.CDLL(None).syscall(430, b"tmpfs", 0) >= 0
