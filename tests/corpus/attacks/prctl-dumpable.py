# what: let others trace this process again
# layer: filter
# expect: stopped
import ctypes


def attack():
    return ctypes.CDLL(None).prctl(4, 1, 0, 0, 0) == 0
