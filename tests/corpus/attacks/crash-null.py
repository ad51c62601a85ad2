# what: read at address 0
# layer: process
# expect: crashed
import ctypes


def attack():
    return ctypes.string_at(0) is not None
