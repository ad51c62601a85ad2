# what: make an empty file in /tmp, which no limit of size forbids
# layer: files
# expect: stopped
import contextlib
import os

PATH = "/tmp/ndgrader-attack-write-empty"


def attack():
    os.close(os.open(PATH, os.O_CREAT | os.O_WRONLY))
    with contextlib.suppress(OSError):
        os.unlink(PATH)
    return True
