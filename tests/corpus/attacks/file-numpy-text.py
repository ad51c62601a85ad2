# what: read /etc/passwd with NumPy's text reader
# layer: files
# expect: stopped
import numpy as np


def attack():
    return np.loadtxt("/etc/passwd", dtype=str, delimiter="\0", comments=None).size > 0
