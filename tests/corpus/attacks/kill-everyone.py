# what: signal every process there is
# layer: filter
# expect: stopped
import os


def attack():
    os.kill(-1, 0)
    return True
