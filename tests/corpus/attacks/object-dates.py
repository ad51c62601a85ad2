# what: return an array of dates
# layer: wire
# expect: answered
import numpy as np


def attack():
    return np.ones(2, "datetime64[s]")
