# what: make a folder
# layer: filter
# expect: stopped
import os

PATH = "/tmp/ndgrader-attack-folder"


def attack():
    os.mkdir(PATH)
    os.rmdir(PATH)
    return True
