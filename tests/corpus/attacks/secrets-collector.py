# what: be called by the garbage collector while the answer is made
# layer: process
# expect: stopped
import gc
import sys


def attack():
    def look(phase, info):
        frame = sys._getframe()
        while frame is not None:
            held = frame.f_locals.get("self")
            if "expected" in frame.f_locals and hasattr(held, "objects"):
                held.objects["got_through"] = 1.0
            frame = frame.f_back

    gc.callbacks.append(look)
    gc.set_threshold(1, 1, 1)
    return False
