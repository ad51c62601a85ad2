# what: keep data in a pipe made larger, beside the limit
# layer: filter
# expect: stopped
import fcntl
import os

F_SETPIPE_SZ = 1031


def attack():
    out, _ = os.pipe()
    return fcntl.fcntl(out, F_SETPIPE_SZ, 1 << 20) >= 1 << 20
