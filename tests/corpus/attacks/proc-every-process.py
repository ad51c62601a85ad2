# what: list the processes of this host
# layer: files
# expect: stopped
import os


def attack():
    return any(name.isdigit() for name in os.listdir("/proc"))
