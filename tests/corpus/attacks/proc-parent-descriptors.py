# what: list what the parent has open
# layer: files
# expect: stopped
import os


def attack():
    return bool(os.listdir(f"/proc/{os.getppid()}/fd"))
