# what: make a named pipe, for a trusted process to hang on
# layer: filter
# expect: stopped
import os

PATH = "/tmp/ndgrader-attack-fifo"


def attack():
    os.mkfifo(PATH)
    os.unlink(PATH)
    return True
