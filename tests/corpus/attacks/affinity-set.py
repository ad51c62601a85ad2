# what: choose the processors to run on
# layer: filter
# expect: stopped
import os


def attack():
    os.sched_setaffinity(0, os.sched_getaffinity(0))
    return True
