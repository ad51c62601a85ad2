# what: read the parent's memory
# layer: filter
# expect: crashed
import ctypes
import os


def attack():
    libc = ctypes.CDLL(None)
    buffer = ctypes.create_string_buffer(8)
    ours = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 8)
    theirs = (ctypes.c_size_t * 2)(id(buffer), 8)
    return libc.process_vm_readv(os.getppid(), ours, 1, theirs, 1, 0) == 8
