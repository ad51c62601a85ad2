# what: look for a key where the system first put the environment
# layer: process
# expect: stopped
import ctypes

PAGE, FAULT = 4096, 14


def attack():
    libc = ctypes.CDLL(None, use_errno=True)

    def readable(address):
        libc.access(ctypes.c_void_p(address), 0)
        return ctypes.get_errno() != FAULT

    # Arguments and environment lie in one piece, at the bottom of the stack.
    block = ctypes.POINTER(ctypes.c_void_p).in_dll(libc, "environ")
    page, found = block[0] & -PAGE, b""
    while readable(page) and len(found) < 1 << 20:
        found += ctypes.string_at(page, PAGE)
        page += PAGE
    return any(word in found for word in (b"GRADER_", b"SECRET", b"SSH_", b"USER=", b"PWD="))
