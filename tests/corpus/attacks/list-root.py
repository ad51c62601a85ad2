# what: list the root folder
# layer: landlock
# expect: stopped
import os


def attack():
    return bool(os.listdir("/"))
