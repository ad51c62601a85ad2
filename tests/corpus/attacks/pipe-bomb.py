# what: keep data in many pipes, beside the limit
# layer: limits
# expect: stopped
import os


def attack():
    for _ in range(100):
        _, into = os.pipe()
        os.write(into, bytes(1 << 16))
    return True
