# what: map memory that the kernel need not reserve
# layer: limits
# expect: stopped
import ctypes


def attack():
    call = ctypes.CDLL(None).mmap
    call.restype = ctypes.c_ssize_t
    private_anonymous_no_reserve = 0x4022
    flags = private_anonymous_no_reserve
    return call(None, ctypes.c_size_t(1 << 40), 3, flags, -1, ctypes.c_long(0)) != -1
