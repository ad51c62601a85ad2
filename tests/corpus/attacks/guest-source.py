# what: read the code that runs this submission
# layer: landlock
# expect: stopped
import sys


def attack():
    return open(sys.modules["_guest_runner"].__file__, "rb").read(1) != b""
