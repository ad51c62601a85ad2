# what: return an object that agrees with everything
# layer: wire
# expect: answered
class Agrees:
    shape, dtype, ndim = (), float, 0

    def __eq__(self, other):
        return True

    def __float__(self):
        return 1.0

    def __array__(self, *arguments, **named):
        import numpy as np

        return np.ones(())

    __bool__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__
    __sub__ = __rsub__ = __abs__ = __float__
    __hash__ = None


def attack():
    return Agrees()
