# what: abort
# layer: process
# expect: crashed
import os


def attack():
    os.abort()
