# what: call the system as a 32-bit program does
# layer: filter
# expect: crashed
import ctypes
import mmap
import os

# mov eax, 20 (getpid of a 32-bit program); int 0x80; ret
CODE = b"\xb8\x14\x00\x00\x00\xcd\x80\xc3"


def attack():
    if os.uname().machine != "x86_64":
        return ctypes.CDLL(None).syscall(ctypes.c_long(0x40000000)) > 0
    rights = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=rights)
    page.write(CODE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return ctypes.CFUNCTYPE(ctypes.c_int)(address)() > 0
