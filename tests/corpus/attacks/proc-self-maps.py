# what: read what is mapped where
# layer: files
# expect: stopped
def attack():
    return open("/proc/self/maps").readline() != ""
