# what: raise an exception that cannot be shown
# layer: process
# expect: stopped
class Mute(Exception):
    def __str__(self):
        raise SystemExit

    __repr__ = __str__


def attack():
    raise Mute
