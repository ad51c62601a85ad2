# what: clone a tree of mounts
# layer: filter
# expect: crashed
import ctypes


def attack():
    return ctypes.CDLL(None).syscall(428, -100, b"/", 1) >= 0
