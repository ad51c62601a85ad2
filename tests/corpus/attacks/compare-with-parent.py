# what: ask the kernel what is shared with the parent
# layer: filter
# expect: crashed
import ctypes
import os


def attack():
    number = {"x86_64": 312, "aarch64": 272}[os.uname().machine]
    return ctypes.CDLL(None).syscall(number, os.getpid(), os.getppid(), 2, 0, 0) >= 0
