# what: read /etc/passwd through the root of this and of other processes
# layer: files
# expect: stopped
import os


def attack():
    for process in ("self", "1", "2", os.getppid(), "self/task/1", "thread-self"):
        try:
            if open(f"/proc/{process}/root/etc/passwd", "rb").read(1):
                return True
        except OSError:
            pass
    return False
