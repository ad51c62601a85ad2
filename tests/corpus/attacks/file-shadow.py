# what: read the password hashes
# layer: files
# expect: stopped
def attack():
    return open("/etc/shadow", "rb").read(1) != b""
