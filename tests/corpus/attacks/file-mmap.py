# what: map /etc/passwd into memory
# layer: files
# expect: stopped
import mmap
import os


def attack():
    descriptor = os.open("/etc/passwd", os.O_RDONLY)
    with mmap.mmap(descriptor, 0, prot=mmap.PROT_READ) as view:
        return view[:1] != b""
