# what: read /etc/passwd with np.fromfile
# layer: files
# expect: stopped
import numpy as np


def attack():
    return np.fromfile("/etc/passwd", np.uint8, count=1).size == 1
