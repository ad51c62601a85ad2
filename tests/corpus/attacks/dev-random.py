# what: read from a device
# layer: files
# expect: stopped
def attack():
    return open("/dev/urandom", "rb").read(1) != b""
