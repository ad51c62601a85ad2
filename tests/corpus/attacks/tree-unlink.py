# what: delete in Python's own folder (a name that is not there)
# layer: filter
# expect: stopped
import os


def attack():
    try:
        os.unlink(os.path.join(os.path.dirname(os.__file__), "ndgrader_attack_nothing.py"))
    except FileNotFoundError:
        return True
    return False
