# what: ask importlib.metadata what is installed
# layer: root
# expect: stopped
import importlib.metadata
import os

import numpy as np


def attack():
    site = os.path.dirname(os.path.dirname(np.__file__))
    names = [one.name for one in importlib.metadata.distributions(path=[site, "."])]
    return any(name != "numpy" for name in names)
