# what: leave by sys.exit while the file is loaded
# layer: extract
# expect: stopped
import sys


class Gone:
    sys.exit(0)


def attack():
    return Gone() is None
