# what: return an array that answers NumPy's functions itself
# layer: wire
# expect: answered
import numpy as np


class Agrees(np.ndarray):
    def __array_ufunc__(self, *arguments, **named):
        return True

    def __array_function__(self, *arguments, **named):
        return True

    def __eq__(self, other):
        return True


def attack():
    return np.ones(3).view(Agrees)
