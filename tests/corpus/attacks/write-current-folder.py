# what: make a file in the current folder
# layer: files
# expect: stopped
import contextlib
import os

PATH = "ndgrader-attack-write-current"


def attack():
    os.close(os.open(PATH, os.O_CREAT | os.O_WRONLY))
    with contextlib.suppress(OSError):
        os.unlink(PATH)
    return True
