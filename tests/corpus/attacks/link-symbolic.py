# what: make a symbolic link, for a trusted process to follow
# layer: filter
# expect: stopped
import os

PATH = "/tmp/ndgrader-attack-link"


def attack():
    os.symlink("/etc/passwd", PATH)
    os.unlink(PATH)
    return True
