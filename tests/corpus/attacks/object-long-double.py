# what: return numbers of a kind that this machine alone has
# layer: wire
# expect: answered
import numpy as np


def attack():
    return np.ones(2, np.longdouble)
