# what: watch by a trace what is done with the answer
# layer: process
# expect: stopped
import sys

WORDS = ("expected", "tolerance", "weight")


def attack():
    def watch(frame, event, argument):
        held = frame.f_locals.get("self")
        if any(word in frame.f_locals for word in WORDS) and hasattr(held, "objects"):
            held.objects["got_through"] = 1.0
        return watch

    sys.setprofile(watch)
    sys.settrace(watch)
    frame = sys._getframe()
    while frame is not None:
        frame.f_trace = watch
        frame = frame.f_back
    return False
