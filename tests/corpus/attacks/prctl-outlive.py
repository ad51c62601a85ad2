# what: stay when the parent ends
# layer: filter
# expect: stopped
import ctypes


def attack():
    return ctypes.CDLL(None).prctl(1, 0, 0, 0, 0) == 0
