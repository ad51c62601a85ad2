# what: leave at once, with the status of success
# layer: process
# expect: crashed
import os


def attack():
    os._exit(0)
