# what: run a shell
# layer: filter
# expect: stopped
import os


def attack():
    return os.system("true") == 0 or os.popen("echo here").read() != ""
