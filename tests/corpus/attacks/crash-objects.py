# what: overwrite the memory of Python's own objects
# layer: process
# expect: crashed
import ctypes


def attack():
    ctypes.memset(id(int), 0xFF, 400)
    return int("1") + int("2") > 0
