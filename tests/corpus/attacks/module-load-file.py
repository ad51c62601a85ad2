# what: load a kernel module from a descriptor (that is none)
# layer: filter
# expect: crashed
import ctypes
import os


def attack():
    number = {"x86_64": 313, "aarch64": 273}[os.uname().machine]
    return ctypes.CDLL(None).syscall(number, -1, b"", 0) == 0
