# what: map /etc/passwd with np.memmap
# layer: files
# expect: stopped
import numpy as np


def attack():
    return np.memmap("/etc/passwd", np.uint8, "r").size > 0
