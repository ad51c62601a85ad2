# what: make a device file
# layer: filter
# expect: stopped
import os
import stat

PATH = "/tmp/ndgrader-attack-device"


def attack():
    os.mknod(PATH, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    os.unlink(PATH)
    return True
