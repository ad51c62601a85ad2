# what: unmount
# layer: filter
# expect: crashed
import ctypes


def attack():
    return ctypes.CDLL(None).umount2(b"/ndgrader-attack-nothing", 0) == 0
