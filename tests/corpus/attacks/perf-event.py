# what: measure other processes
# layer: filter
# expect: crashed
import ctypes
import os
import struct


def attack():
    number = {"x86_64": 298, "aarch64": 241}[os.uname().machine]
    event = struct.pack("=IIQ", 1, 112, 0) + bytes(96)
    return ctypes.CDLL(None).syscall(number, event, 0, -1, -1, 0) >= 0
