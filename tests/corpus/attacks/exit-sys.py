# what: leave by sys.exit
# layer: process
# expect: stopped
import sys


def attack():
    sys.exit(0)
