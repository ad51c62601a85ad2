# what: write into the parent's memory (nothing, at no address)
# layer: filter
# expect: crashed
import ctypes
import os


def attack():
    return ctypes.CDLL(None).process_vm_writev(os.getppid(), None, 0, None, 0, 0) == 0
