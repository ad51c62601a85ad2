# what: look into this host's control groups
# layer: files
# expect: stopped
import os


def attack():
    return bool(os.listdir("/sys/fs/cgroup"))
