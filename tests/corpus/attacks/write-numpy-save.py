# what: save an array to a file
# layer: files
# expect: stopped
import os

import numpy as np

PATH = "/tmp/ndgrader-attack-save.npy"


def attack():
    np.save(PATH, np.zeros(1))
    os.unlink(PATH)
    return True
