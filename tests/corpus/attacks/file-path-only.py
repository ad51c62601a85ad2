# what: get hold of a file by O_PATH, which asks for no right to read
# layer: root
# expect: stopped
import os


def attack():
    return os.fstat(os.open("/etc/passwd", os.O_PATH)).st_size > 0
