# what: leave by the C library, with the status of success
# layer: process
# expect: crashed
import ctypes


def attack():
    ctypes.CDLL(None).exit(0)
