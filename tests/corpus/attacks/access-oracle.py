# what: see by access whether a file exists
# layer: root
# expect: stopped
import os


def attack():
    return os.access("/etc/passwd", os.F_OK)
