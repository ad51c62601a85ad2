# what: return an array of structures
# layer: wire
# expect: answered
import numpy as np


def attack():
    return np.ones(2, [("one", float), ("other", object)])
