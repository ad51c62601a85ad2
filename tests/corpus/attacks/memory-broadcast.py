# what: return an array that only seems to be large
# layer: limits
# expect: out_of_memory
import numpy as np


def attack():
    return np.broadcast_to(1.0, 10**12)
