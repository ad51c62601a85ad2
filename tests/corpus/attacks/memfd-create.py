# what: keep data in a file of memory, beside the limit
# layer: filter
# expect: stopped
import os


def attack():
    return os.memfd_create("here", 0) >= 0
