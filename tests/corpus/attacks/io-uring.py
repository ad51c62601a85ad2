# what: ask for a ring, over which calls pass no filter
# layer: filter
# expect: crashed
import ctypes


def attack():
    return ctypes.CDLL(None).syscall(425, 1, ctypes.create_string_buffer(120)) >= 0
