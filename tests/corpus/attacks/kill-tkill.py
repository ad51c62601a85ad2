# what: signal a thread by the old call, which names no process
# layer: filter
# expect: stopped
import ctypes
import os


def attack():
    number = {"x86_64": 200, "aarch64": 130}[os.uname().machine]
    return ctypes.CDLL(None).syscall(number, os.getppid(), 0) == 0
