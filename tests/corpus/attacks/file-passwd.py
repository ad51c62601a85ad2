# what: read /etc/passwd
# layer: files
# expect: stopped
def attack():
    return open("/etc/passwd", "rb").read(1) != b""
