# what: share memory with other processes by its key
# layer: filter
# expect: stopped
import ctypes


def attack():
    libc = ctypes.CDLL(None)
    found = libc.shmget(0, ctypes.c_size_t(4096), 0o1600)
    if found >= 0:
        libc.shmctl(found, 0, None)
    return found >= 0
