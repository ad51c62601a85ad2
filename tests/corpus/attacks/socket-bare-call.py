# what: open a socket by the bare system call
# layer: filter
# expect: stopped
import ctypes
import os


def attack():
    number = {"x86_64": 41, "aarch64": 198}[os.uname().machine]
    return ctypes.CDLL(None).syscall(number, 2, 1, 0) >= 0
