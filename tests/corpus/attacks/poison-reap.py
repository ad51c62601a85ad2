# what: find what the submission before this one changed
# layer: process
# expect: stopped
import builtins
import os
import sys

import numpy as np


def attack():
    return (
        hasattr(builtins, "ndgrader_poison")
        or hasattr(np, "ndgrader_poison")
        or np.add(1, 5) != 6
        or "ndgrader_poison" in sys.modules
        or "NDGRADER_POISON" in os.environ
        or "/tmp" in sys.path
    )
