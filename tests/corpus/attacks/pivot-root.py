# what: put another root in place of the own (where there is nothing)
# layer: filter
# expect: crashed
import ctypes
import os


def attack():
    number = {"x86_64": 155, "aarch64": 41}[os.uname().machine]
    return ctypes.CDLL(None).syscall(number, b"/ndgrader-attack-nothing", b"/") == 0
