# what: put a map into the kernel
# layer: filter
# expect: crashed
import ctypes
import os


def attack():
    number = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
    wanted = (ctypes.c_uint32 * 4)(2, 4, 4, 1)
    return ctypes.CDLL(None).syscall(number, 0, wanted, 16) >= 0
