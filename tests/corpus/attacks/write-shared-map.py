# what: map a file of Python's so that a write would change it for all
# layer: files
# expect: stopped
import mmap
import os


def attack():
    descriptor = os.open(os.__file__, os.O_RDONLY)
    flags, rights = mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE
    mmap.mmap(descriptor, 4096, flags=flags, prot=rights).close()
    return True
