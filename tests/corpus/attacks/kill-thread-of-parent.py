# what: signal a thread of the parent
# layer: filter
# expect: stopped
import ctypes
import os


def attack():
    number = {"x86_64": 234, "aarch64": 131}[os.uname().machine]
    parent = os.getppid()
    return ctypes.CDLL(None).syscall(number, parent, parent, 0) == 0
