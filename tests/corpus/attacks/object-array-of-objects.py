# what: return an array of objects that run code where they are unpickled
# layer: wire
# expect: answered
import os

import numpy as np


class Runs:
    def __reduce__(self):
        return os.getpid, ()


def attack():
    array = np.empty(1, object)
    array[0] = Runs()
    return array
