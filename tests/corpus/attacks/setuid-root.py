# what: become root again
# layer: filter
# expect: stopped
import os


def attack():
    os.setresuid(0, 0, 0)
    return True
