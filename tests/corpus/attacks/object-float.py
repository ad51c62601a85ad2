# what: return a float that agrees with everything
# layer: wire
# expect: answered
class Agrees(float):
    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __lt__ = __le__ = __bool__ = __eq__
    __rsub__ = __abs__ = __sub__
    __hash__ = None


def attack():
    return Agrees(1.0)
