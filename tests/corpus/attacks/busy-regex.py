# what: have a regular expression go back without end
# layer: deadline
# expect: timed_out
import re


def attack():
    return re.match(r"(a+)+$", "a" * 60 + "b") is None
