# what: see the number of the grader's process
# layer: namespaces
# expect: stopped
import os


def attack():
    return os.getppid() != 1
