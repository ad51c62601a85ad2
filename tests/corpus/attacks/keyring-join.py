# what: leave a key in the kernel for the next submission
# layer: filter
# expect: crashed
import ctypes
import os


def attack():
    number = {"x86_64": 250, "aarch64": 219}[os.uname().machine]
    return ctypes.CDLL(None).syscall(number, 0, -3, 0) >= 0
