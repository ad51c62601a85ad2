# what: put an own module in place of NumPy before the grader uses it
# layer: extract
# expect: stopped
import sys
import types


class Load:
    kept = sys.modules["numpy"]
    sys.modules["numpy"] = types.ModuleType("numpy")
    sys.modules["json"] = sys.modules["struct"] = sys.modules["numpy"]


def attack():
    return False
