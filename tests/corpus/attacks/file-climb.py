# what: read /etc/passwd by a path that climbs out of Python's own folder
# layer: files
# expect: stopped
import os


def attack():
    climb = "../" * 40 + "etc/passwd"
    return open(os.path.join(os.path.dirname(os.__file__), climb), "rb").read(1) != b""
