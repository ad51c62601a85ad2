# what: read /etc/passwd by the C library's open
# layer: files
# expect: stopped
import ctypes


def attack():
    libc = ctypes.CDLL(None)
    buffer = ctypes.create_string_buffer(1)
    return libc.read(libc.open(b"/etc/passwd", 0), buffer, 1) == 1
