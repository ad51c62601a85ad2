# what: load a kernel module (that is none)
# layer: filter
# expect: crashed
import ctypes
import os


def attack():
    number = {"x86_64": 175, "aarch64": 105}[os.uname().machine]
    return ctypes.CDLL(None).syscall(number, b"", 0, b"") == 0
