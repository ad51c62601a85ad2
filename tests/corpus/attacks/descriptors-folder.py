# what: open a file relative to whatever is open already
# layer: process
# expect: stopped
import os


def attack():
    for number in range(4096):
        for path in ("etc/passwd", "../etc/passwd", "..", "."):
            try:
                return os.open(path, os.O_RDONLY, dir_fd=number) >= 0
            except OSError:
                pass
    return False
