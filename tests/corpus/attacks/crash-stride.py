# what: read far outside of an array
# layer: process
# expect: crashed
import numpy as np


def attack():
    return np.lib.stride_tricks.as_strided(np.zeros(1), (1 << 30,), (4096,)).sum() >= 0
