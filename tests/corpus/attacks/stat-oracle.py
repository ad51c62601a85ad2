# what: see by stat whether a file exists
# layer: root
# expect: stopped
import os


def attack():
    return os.path.exists("/etc/passwd")
