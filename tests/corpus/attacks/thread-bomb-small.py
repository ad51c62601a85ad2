# what: start threads that need next to no memory (five hundred here)
# layer: user
# expect: stopped
import ctypes
import threading

M_ARENA_MAX = -8


def attack():
    done = threading.Event()
    ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)
    threading.stack_size(32 << 10)
    try:
        for _ in range(500):
            threading.Thread(target=done.wait, daemon=True).start()
    finally:
        done.set()
    return True
