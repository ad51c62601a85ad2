# what: return an array over memory that is not its own
# layer: process
# expect: crashed
import numpy as np


def attack():
    class Elsewhere:
        __array_interface__ = {"shape": (8,), "typestr": "<f8", "data": (8, False), "version": 3}

    return np.asarray(Elsewhere())
