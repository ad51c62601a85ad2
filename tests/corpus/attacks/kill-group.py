# what: signal the own group
# layer: filter
# expect: stopped
import os


def attack():
    os.kill(0, 0)
    return True
