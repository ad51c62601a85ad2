# what: read with which arguments the parent was started
# layer: files
# expect: stopped
import os


def attack():
    return open(f"/proc/{os.getppid()}/cmdline", "rb").read(1) != b""
