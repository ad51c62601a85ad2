# what: have inspect show the code of the wall
# layer: landlock
# expect: stopped
import inspect
import sys


def attack():
    return inspect.getsource(sys.modules["_guest_jail"]) != ""
