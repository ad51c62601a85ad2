# what: read the next case ahead
# layer: wire
# expect: stopped
import os
import select


def attack():
    return bool(select.select([3], [], [], 0.2)[0]) and os.read(3, 1) != b""
