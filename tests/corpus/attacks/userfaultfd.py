# what: handle the kernel's page faults
# layer: filter
# expect: crashed
import ctypes
import os


def attack():
    number = {"x86_64": 323, "aarch64": 282}[os.uname().machine]
    return ctypes.CDLL(None).syscall(number, 1) >= 0
