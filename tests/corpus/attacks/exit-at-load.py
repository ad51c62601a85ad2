# what: leave while the file is loaded, with the status of success
# layer: process
# expect: crashed
import os


class Gone:
    os._exit(0)


def attack():
    return True
