# what: return an object whose type cannot be named
# layer: wire
# expect: answered
class Meta(type):
    @property
    def __name__(cls):
        raise SystemExit


class Nameless(metaclass=Meta):
    def __len__(self):
        raise SystemExit

    def __getattribute__(self, name):
        raise SystemExit


def attack():
    return Nameless()
