# what: list home folders, and what may lie beside them
# layer: files
# expect: stopped
import os


def attack():
    for folder in ("/root", "/home", "/var", "/proc", os.path.expanduser("~")):
        try:
            if os.listdir(folder):
                return True
        except OSError:
            pass
    return False
