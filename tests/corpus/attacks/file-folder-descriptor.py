# what: read /etc/passwd relative to a descriptor of the root folder
# layer: files
# expect: stopped
import os


def attack():
    root = os.open("/", os.O_PATH | os.O_DIRECTORY)
    return os.read(os.open("etc/passwd", os.O_RDONLY, dir_fd=root), 1) != b""
