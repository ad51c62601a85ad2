# what: change Python and NumPy for the submission after this one
# layer: process
# expect: stopped
import builtins
import os
import sys

import numpy as np


def attack():
    builtins.ndgrader_poison = True
    np.ndgrader_poison = np.add
    np.add = np.multiply
    sys.modules["ndgrader_poison"] = sys
    os.environ["NDGRADER_POISON"] = "1"
    sys.path.insert(0, "/tmp")
    sys.stdout = None
    np.random.seed(7)
    return False
