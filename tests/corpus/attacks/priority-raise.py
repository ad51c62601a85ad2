# what: compute before everyone else
# layer: filter
# expect: stopped
import os


def attack():
    os.nice(-1)
    return True
