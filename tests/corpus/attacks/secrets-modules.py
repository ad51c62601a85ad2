# what: look for the grader among the loaded modules
# layer: process
# expect: stopped
import sys


def attack():
    names = {name.split(".")[0] for name in sys.modules}
    return bool(names & {"grader", "msgspec", "solutions", "cases", "_guest_author"})
