# what: cut a file of Python's (to the length it has)
# layer: filter
# expect: stopped
import os


def attack():
    told = os.stat(os.__file__)
    os.truncate(os.__file__, told.st_size)
    os.utime(os.__file__, ns=(told.st_atime_ns, told.st_mtime_ns))
    return True
