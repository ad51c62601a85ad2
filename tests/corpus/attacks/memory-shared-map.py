# what: map memory that could be shared
# layer: limits
# expect: stopped
import mmap


def attack():
    return len(mmap.mmap(-1, 2 << 30)) > 0
