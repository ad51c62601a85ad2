# what: write a file in /tmp
# layer: files
# expect: stopped
import os

PATH = "/tmp/ndgrader-attack-write-tmp"


def attack():
    with open(PATH, "w") as file:
        file.write("here")
    os.unlink(PATH)
    return True
