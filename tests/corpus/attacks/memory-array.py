# what: make an array larger than any machine
# layer: limits
# expect: out_of_memory
import numpy as np


def attack():
    return np.empty(10**13).size > 0
