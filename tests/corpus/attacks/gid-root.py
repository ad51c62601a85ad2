# what: be in root's group
# layer: user
# expect: stopped
import os


def attack():
    return 0 in (os.getgid(), os.getegid())
