# what: read the environment that this process was started with
# layer: files
# expect: stopped
def attack():
    return open("/proc/self/environ", "rb").read(1) != b""
