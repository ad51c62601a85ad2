# what: return an array of more dimensions than are taken
# layer: wire
# expect: answered
import numpy as np


def attack():
    return np.ones((1,) * 32)
