# what: raise an exception whose class cannot be asked where it is from
# layer: process
# expect: crashed
class Meta(type):
    @property
    def __module__(cls):
        raise SystemExit


class Stray(Exception, metaclass=Meta):
    pass


def attack():
    raise Stray
