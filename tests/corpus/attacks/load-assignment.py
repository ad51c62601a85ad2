# what: run a function in an assignment, while the file is loaded
# layer: extract
# expect: stopped
import os

PARENT = os.getppid()


def attack():
    return isinstance(globals().get("PARENT"), int)
