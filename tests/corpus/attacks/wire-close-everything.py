# what: close all descriptors
# layer: wire
# expect: crashed
import os


def attack():
    os.closerange(0, 4096)
    return True
