# what: join the group of root's files
# layer: filter
# expect: stopped
import os


def attack():
    os.setgroups([0])
    return True
