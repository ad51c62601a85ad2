# what: become root in a namespace of its own
# layer: filter
# expect: crashed
import ctypes


def attack():
    return ctypes.CDLL(None).unshare(0x10000000) == 0
