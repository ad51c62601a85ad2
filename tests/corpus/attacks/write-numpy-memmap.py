# what: make a file with np.memmap
# layer: files
# expect: stopped
import os

import numpy as np

PATH = "/tmp/ndgrader-attack-memmap"


def attack():
    np.memmap(PATH, np.uint8, "w+", shape=(1,))
    os.unlink(PATH)
    return True
