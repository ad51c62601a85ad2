# what: start a process from machine code
# layer: filter
# expect: stopped
import ctypes
import mmap
import os

# x86-64: mov eax, 57 (fork); syscall; ret
CODE = b"\xb8\x39\x00\x00\x00\x0f\x05\xc3"


def attack():
    if os.uname().machine != "x86_64":
        raise NotImplementedError
    rights = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=rights)
    page.write(CODE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    pid = ctypes.CFUNCTYPE(ctypes.c_int)(address)()
    if pid == 0:
        os._exit(0)
    return pid > 0
