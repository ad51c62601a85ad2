# what: open a terminal
# layer: files
# expect: stopped
import os


def attack():
    for name in ("tty", "ptmx", "console"):
        try:
            return os.open(f"/dev/{name}", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK) >= 0
        except OSError:
            pass
    return False
