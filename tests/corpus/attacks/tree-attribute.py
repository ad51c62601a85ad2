# what: hang an attribute on a file of Python's
# layer: filter
# expect: stopped
import os


def attack():
    os.setxattr(os.__file__, "user.ndgrader", b"here")
    os.removexattr(os.__file__, "user.ndgrader")
    return True
