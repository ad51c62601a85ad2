# what: have a module's own loader read its source
# layer: landlock
# expect: stopped
import sys


def attack():
    module = sys.modules["_guest_filter"]
    return module.__loader__.get_data(module.__file__) != b""
