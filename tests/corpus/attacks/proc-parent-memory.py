# what: open the memory of the parent process
# layer: files
# expect: stopped
import os


def attack():
    return open(f"/proc/{os.getppid()}/mem", "rb", 0).fileno() >= 0
