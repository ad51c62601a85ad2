# what: load the part that serves the author of an assignment
# layer: landlock
# expect: stopped
import importlib.util
import os
import sys


def attack():
    if "_guest_author" in sys.modules:
        return True
    path = os.path.join(os.path.dirname(sys.modules["_guest_runner"].__file__), "author.py")
    spec = importlib.util.spec_from_file_location("author", path)
    return spec.loader.get_code("author") is not None
