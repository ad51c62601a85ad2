# what: return an array of eight megabytes
# layer: wire
# expect: flooded
import numpy as np


def attack():
    return np.ones(10**6)
