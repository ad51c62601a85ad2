# what: list the current folder
# layer: landlock
# expect: stopped
import os


def attack():
    with os.scandir(".") as entries:
        return any(True for _ in entries)
