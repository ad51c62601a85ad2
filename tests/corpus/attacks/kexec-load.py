# what: prepare another kernel (of no parts)
# layer: filter
# expect: crashed
import ctypes
import os


def attack():
    number = {"x86_64": 246, "aarch64": 104}[os.uname().machine]
    return ctypes.CDLL(None).syscall(number, 0, ctypes.c_ulong(99), None, 0xFFFF0000) == 0
