# what: watch what others do with files
# layer: filter
# expect: stopped
import ctypes
import os


def attack():
    libc = ctypes.CDLL(None)
    return libc.inotify_add_watch(libc.inotify_init1(0), os.__file__.encode(), 0x20) >= 0
