# what: load a module by its path, beside NumPy
# layer: files
# expect: stopped
import importlib.util
import os

import numpy as np


def attack():
    site = os.path.dirname(os.path.dirname(np.__file__))
    for name in ("click", "msgspec", "jinja2"):
        path = os.path.join(site, name, "__init__.py")
        spec = importlib.util.spec_from_file_location(name, path)
        try:
            spec.loader.get_code(name)
            return True
        except OSError:
            pass
    return False
