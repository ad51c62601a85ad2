# what: become another program
# layer: filter
# expect: stopped
import os


def attack():
    os.execv("/bin/true", ["true"])
