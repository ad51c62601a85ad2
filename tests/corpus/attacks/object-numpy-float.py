# what: return a float of NumPy's, of nothing, that agrees with everything
# layer: wire
# expect: stopped
import numpy as np


class Agrees(np.float64):
    def __eq__(self, other):
        return True

    def __array__(self, *arguments, **named):
        return np.ones(())

    def __sub__(self, other):
        return 0.0

    __lt__ = __le__ = __bool__ = __eq__
    __rsub__ = __abs__ = __sub__


def attack():
    return Agrees(0.0)
