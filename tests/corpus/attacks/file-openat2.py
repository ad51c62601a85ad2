# what: read /etc/passwd by openat2, a call that old filters do not know
# layer: files
# expect: stopped
import ctypes
import os


def attack():
    how = ctypes.create_string_buffer(24)
    descriptor = ctypes.CDLL(None).syscall(437, -100, b"/etc/passwd", how, ctypes.c_size_t(24))
    return descriptor >= 0 and os.read(descriptor, 1) != b""
