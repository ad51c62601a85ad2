# what: list open descriptors, and reopen one
# layer: files
# expect: stopped
import os


def attack():
    names = os.listdir("/proc/self/fd")
    return os.open(f"/proc/self/fd/{names[0]}", os.O_RDONLY) >= 0
