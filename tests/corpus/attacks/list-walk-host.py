# what: walk the whole host
# layer: landlock
# expect: stopped
import os


def attack():
    return any(folders or files for _, folders, files in os.walk("/"))
