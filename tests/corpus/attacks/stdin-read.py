# what: read what stands in standard input
# layer: process
# expect: stopped
import os
import sys


def attack():
    if os.read(0, 1):
        return True
    try:
        return input() is not None
    except (RuntimeError, EOFError):
        return sys.stdin.read(1) != ""
