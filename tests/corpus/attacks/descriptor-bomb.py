# what: open descriptors without end
# layer: limits
# expect: stopped
import os


def attack():
    for _ in range(500):
        os.dup(1)
    return True
