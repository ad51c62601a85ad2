# what: run a library that is itself a program: the dynamic loader
# layer: filter
# expect: stopped
import os


def attack():
    for path in ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"):
        if os.path.exists(path):
            pid = os.posix_spawn(path, ["ld.so", "--version"], {})
            return os.waitpid(pid, 0)[1] == 0
    return False
