# what: have the kernel kill others first when memory is short
# layer: files
# expect: stopped
import os


def attack():
    return os.open("/proc/self/oom_score_adj", os.O_WRONLY) >= 0
