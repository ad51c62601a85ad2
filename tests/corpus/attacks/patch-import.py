# what: have every later import go through a finder of its own
# layer: process
# expect: stopped
import sys


class Finder:
    def find_spec(self, name, path=None, target=None):
        raise SystemExit


def attack():
    sys.meta_path.insert(0, Finder())
    sys.modules.clear()
    return False
