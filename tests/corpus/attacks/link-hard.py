# what: give a file of Python's a second name
# layer: filter
# expect: stopped
import os


def attack():
    path = os.path.join(os.path.dirname(os.__file__), "ndgrader_attack_link.py")
    os.link(os.__file__, path)
    os.unlink(path)
    return True
