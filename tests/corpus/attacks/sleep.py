# what: wait without end
# layer: deadline
# expect: timed_out
import time


def attack():
    time.sleep(60)
    return True
