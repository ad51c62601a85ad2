# what: raise an exception whose traceback has no end
# layer: deadline
# expect: timed_out
class Endless:
    co_filename = "nowhere"

    @property
    def itself(self):
        return self

    tb_frame = f_code = tb_next = itself


class Long(Exception):
    @property
    def __traceback__(self):
        return Endless()


def attack():
    raise Long
