# what: run a program by posix_spawn
# layer: filter
# expect: stopped
import os


def attack():
    pid = os.posix_spawn("/bin/true", ["true"], {})
    return os.waitpid(pid, 0)[1] == 0
