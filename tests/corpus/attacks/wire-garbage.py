# what: write to every descriptor
# layer: wire
# expect: crashed
import os
import time


def attack():
    for descriptor in range(3, 256):
        try:
            os.write(descriptor, b"garbage" * 10)
        except OSError:
            pass
    time.sleep(1)
    return True
