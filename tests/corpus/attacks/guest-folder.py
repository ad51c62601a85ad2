# what: list the folder that this process was started from
# layer: landlock
# expect: stopped
import os
import sys


def attack():
    return bool(os.listdir(os.path.dirname(sys.modules["_guest_runner"].__file__)))
