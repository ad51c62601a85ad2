# what: change the owner of a file of Python's (to what it is)
# layer: filter
# expect: stopped
import os


def attack():
    told = os.stat(os.__file__)
    os.chown(os.__file__, told.st_uid, told.st_gid)
    return True
