# what: replace the methods of arrays
# layer: process
# expect: stopped
import numpy as np


def attack():
    for name in ("tobytes", "astype", "dtype", "shape", "__eq__"):
        try:
            setattr(np.ndarray, name, lambda *_: True)
            return True
        except TypeError:
            pass
    return False
