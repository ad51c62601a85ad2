# what: make an array of two gigabytes
# layer: limits
# expect: out_of_memory
import numpy as np


def attack():
    return np.zeros(2 << 30, np.uint8).size > 0
