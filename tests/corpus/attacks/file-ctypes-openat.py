# what: read /etc/passwd by the bare system call openat
# layer: files
# expect: stopped
import ctypes
import os


def attack():
    number = {"x86_64": 257, "aarch64": 56}[os.uname().machine]
    libc = ctypes.CDLL(None)
    descriptor = libc.syscall(number, -100, b"/etc/passwd", 0, 0)
    buffer = ctypes.create_string_buffer(1)
    return libc.read(descriptor, buffer, 1) == 1
