# what: change the mode of a file of Python's (to what it is)
# layer: filter
# expect: stopped
import os
import stat


def attack():
    os.chmod(os.__file__, stat.S_IMODE(os.stat(os.__file__).st_mode))
    return True
