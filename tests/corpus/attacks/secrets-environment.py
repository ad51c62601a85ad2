# what: look for a key in the environment
# layer: process
# expect: stopped
import ctypes
import os

PLAIN = {
    "HOME",
    "LANG",
    "LC_CTYPE",
    "PATH",
    "LD_LIBRARY_PATH",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
}


def attack():
    block = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
    names = set(os.environ)
    at = 0
    while block[at]:
        names.add(block[at].partition(b"=")[0].decode())
        at += 1
    return not names <= PLAIN
