# what: make a file in /dev/shm, for the next submission to find
# layer: files
# expect: stopped
import contextlib
import os

PATH = "/dev/shm/ndgrader-attack-write-shm"


def attack():
    os.close(os.open(PATH, os.O_CREAT | os.O_WRONLY))
    with contextlib.suppress(OSError):
        os.unlink(PATH)
    return True
