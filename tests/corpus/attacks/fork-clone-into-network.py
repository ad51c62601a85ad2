# what: start a thread in a network of its own
# layer: filter
# expect: stopped
import ctypes
import errno
import os

THREAD, NEWNET = 0x10000, 0x40000000


def attack():
    number = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
    libc = ctypes.CDLL(None, use_errno=True)
    # Flags that are no thread: the kernel itself, were it asked, would find them invalid.
    libc.syscall(number, ctypes.c_ulong(THREAD | NEWNET), 0, 0, 0, 0)
    return ctypes.get_errno() == errno.EINVAL
