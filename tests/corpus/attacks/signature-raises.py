# what: be called through an object whose signature ends Python
# layer: process
# expect: stopped
class Dishonest:
    def __init__(self, function):
        self.function = function

    @property
    def __signature__(self):
        raise SystemExit

    def __call__(self):
        return self.function()


@Dishonest
def attack():
    return True
