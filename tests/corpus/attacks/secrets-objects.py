# what: look for cases among all objects of Python
# layer: process
# expect: stopped
import gc


def attack():
    gc.unfreeze()
    for one in gc.get_objects():
        if str(type(one).__module__).split(".")[0] in ("grader", "msgspec"):
            return True
        if type(one) is dict and "expected" in one and "tolerance" in one:
            return True
    return False
