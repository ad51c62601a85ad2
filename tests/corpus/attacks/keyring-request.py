# what: find a key that another submission left
# layer: filter
# expect: crashed
import ctypes
import os


def attack():
    number = {"x86_64": 249, "aarch64": 218}[os.uname().machine]
    return ctypes.CDLL(None).syscall(number, b"user", b"ndgrader-attack", None, 0) >= 0
