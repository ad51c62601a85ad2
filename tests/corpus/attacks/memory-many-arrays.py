# what: make arrays until there is no more memory
# layer: limits
# expect: out_of_memory
import numpy as np


def attack():
    return len([np.empty(8 << 20) for _ in range(32)]) > 0
