# what: keep memory from being swapped out
# layer: filter
# expect: stopped
import ctypes
import mmap


def attack():
    page = mmap.mmap(-1, 1 << 20)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return ctypes.CDLL(None).mlock(ctypes.c_void_p(address), ctypes.c_size_t(1 << 20)) == 0
