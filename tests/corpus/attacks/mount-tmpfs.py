# what: mount (where there is nothing)
# layer: filter
# expect: crashed
import ctypes


def attack():
    nothing = b"/ndgrader-attack-nothing"
    return ctypes.CDLL(None).mount(b"none", nothing, b"tmpfs", ctypes.c_ulong(0), None) == 0
