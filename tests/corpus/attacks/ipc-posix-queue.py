# what: make a named queue of messages
# layer: filter
# expect: stopped
import ctypes
import os


def attack():
    opens, unlinks = {"x86_64": (240, 241), "aarch64": (180, 181)}[os.uname().machine]
    libc = ctypes.CDLL(None)
    found = libc.syscall(opens, b"ndgrader-attack", os.O_CREAT | os.O_RDWR, 0o600, None)
    if found >= 0:
        libc.syscall(unlinks, b"ndgrader-attack")
    return found >= 0
