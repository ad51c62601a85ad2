# what: map memory without asking Python for it
# layer: limits
# expect: stopped
import mmap


def attack():
    return len(mmap.mmap(-1, 2 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)) > 0
