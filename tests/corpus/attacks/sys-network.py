# what: list the network devices in /sys
# layer: files
# expect: stopped
import os


def attack():
    return bool(os.listdir("/sys/class/net"))
