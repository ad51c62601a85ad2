# what: return an array of text
# layer: wire
# expect: answered
import numpy as np


def attack():
    return np.array(["1.0", "True"])
