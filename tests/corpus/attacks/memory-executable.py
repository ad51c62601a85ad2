# what: make written memory executable
# layer: filter
# expect: stopped
import ctypes
import mmap


def attack():
    page = mmap.mmap(-1, 4096)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return ctypes.CDLL(None).mprotect(ctypes.c_void_p(address), ctypes.c_size_t(4096), 5) == 0
