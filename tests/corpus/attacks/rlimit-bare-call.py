# what: raise a limit by the old system call
# layer: filter
# expect: stopped
import ctypes
import os
import struct


def attack():
    number = {"x86_64": 160, "aarch64": 164}[os.uname().machine]
    return ctypes.CDLL(None).syscall(number, 9, struct.pack("=QQ", 2**64 - 1, 2**64 - 1)) == 0
