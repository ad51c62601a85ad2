# what: have NumPy find everything equal
# layer: process
# expect: stopped
import numpy as np


def lie(*arguments, **named):
    return True


def attack():
    for module in (np, np.testing, np._core.numeric):
        for name in ("allclose", "isclose", "array_equal", "any", "all", "equal"):
            if hasattr(module, name):
                setattr(module, name, lie)
    return False
