# what: open the memory of the machine, and the log of its kernel
# layer: files
# expect: stopped
import os


def attack():
    for name in ("mem", "kmsg", "port", "kvm", "fuse"):
        try:
            return os.open(f"/dev/{name}", os.O_RDONLY | os.O_NONBLOCK) >= 0
        except OSError:
            pass
    return False
