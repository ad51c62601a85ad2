# what: see how full this host's disk is
# layer: filter
# expect: stopped
import shutil


def attack():
    return shutil.disk_usage("/").total >= 0
