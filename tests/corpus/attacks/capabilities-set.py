# what: take back what root may do
# layer: filter
# expect: stopped
import ctypes
import struct


def attack():
    header = struct.pack("=II", 0x20080522, 0)
    return ctypes.CDLL(None).capset(header, struct.pack("=6I", *[0xFFFFFFFF] * 6)) == 0
