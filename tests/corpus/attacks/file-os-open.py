# what: read /etc/passwd by a descriptor
# layer: files
# expect: stopped
import os


def attack():
    return os.read(os.open("/etc/passwd", os.O_RDONLY), 1) != b""
