# what: be root
# layer: user
# expect: stopped
import os


def attack():
    return 0 in (os.getuid(), os.geteuid())
