# what: open a file of NumPy's for writing
# layer: files
# expect: stopped
import os

import numpy as np


def attack():
    os.close(os.open(np.__file__, os.O_RDWR))
    return True
