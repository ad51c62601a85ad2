# what: change the root folder (to what it is)
# layer: filter
# expect: crashed
import ctypes


def attack():
    return ctypes.CDLL(None).chroot(b"/") == 0
