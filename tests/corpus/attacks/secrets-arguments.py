# what: look for a key or a case in the arguments of the process
# layer: process
# expect: stopped
import sys


def attack():
    told = " ".join(sys.orig_argv + sys.argv).lower()
    return any(word in told for word in ("expected", "tolerance", "grader_key", "hidden"))
