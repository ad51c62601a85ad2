# what: change the times of a file of Python's (to what they are)
# layer: filter
# expect: stopped
import os


def attack():
    told = os.stat(os.__file__)
    os.utime(os.__file__, ns=(told.st_atime_ns, told.st_mtime_ns))
    return True
