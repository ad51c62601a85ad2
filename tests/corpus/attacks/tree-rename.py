# what: rename a file of Python's (to its own name)
# layer: filter
# expect: stopped
import os


def attack():
    os.rename(os.__file__, os.__file__)
    return True
