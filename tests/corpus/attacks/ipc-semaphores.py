# what: make semaphores that outlive the process
# layer: filter
# expect: stopped
import ctypes


def attack():
    libc = ctypes.CDLL(None)
    found = libc.semget(0, 1, 0o1600)
    if found >= 0:
        libc.semctl(found, 0, 0)
    return found >= 0
