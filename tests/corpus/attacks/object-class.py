# what: return an object that claims to be a number of NumPy's
# layer: wire
# expect: answered
import numpy as np


class Claims:
    __class__ = np.float64

    def __array__(self, *arguments, **named):
        raise SystemExit


def attack():
    return Claims()
