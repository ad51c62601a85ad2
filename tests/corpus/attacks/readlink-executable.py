# what: read by which path Python was started
# layer: root
# expect: stopped
import os


def attack():
    return os.readlink("/proc/self/exe") != ""
