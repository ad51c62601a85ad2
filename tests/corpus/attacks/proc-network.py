# what: read which connections this host has
# layer: files
# expect: stopped
def attack():
    return open("/proc/net/tcp").readline() != ""
