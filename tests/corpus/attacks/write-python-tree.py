# what: make a file (without a name) in Python's own folder
# layer: files
# expect: stopped
import os


def attack():
    os.close(os.open(os.path.dirname(os.__file__), os.O_TMPFILE | os.O_WRONLY))
    return True
