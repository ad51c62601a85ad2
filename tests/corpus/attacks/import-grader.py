# what: import the grader
# layer: files
# expect: stopped
import importlib
import os
import sys

import numpy as np


def attack():
    guest = os.path.dirname(sys.modules["_guest_runner"].__file__)
    site = os.path.dirname(os.path.dirname(np.__file__))
    sys.path[:0] = [os.path.dirname(os.path.dirname(guest)), site, "."]
    return importlib.import_module("grader.judge.compare") is not None
