# what: import the solutions, the cases and the tests that lie beside the grader
# layer: files
# expect: stopped
import importlib
import os
import sys


def attack():
    guest = os.path.dirname(sys.modules["_guest_runner"].__file__)
    sys.path[:0] = [os.path.dirname(os.path.dirname(guest)), os.getcwd(), "."]
    for name in ("solutions", "assignments", "cases", "tests", "conftest", "attack"):
        try:
            importlib.import_module(name)
            return True
        except ImportError:
            pass
    return False
