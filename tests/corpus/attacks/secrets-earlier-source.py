# what: look in memory for the submission before this one
# layer: process
# expect: stopped
import ctypes
import re

PAGE, MOST, FAULT = 4096, 8000, 14


def attack():
    # Written so that it does not find itself: how another attack of this corpus begins.
    earlier = re.compile(rb"# what: read /etc/[p]asswd")
    libc = ctypes.CDLL(None, use_errno=True)
    access = libc.access
    libc.malloc.restype = libc.sbrk.restype = ctypes.c_void_p

    def readable(address):
        access(ctypes.c_void_p(address), 0)
        return ctypes.get_errno() != FAULT

    # From where small and large objects, and what the C library gives, lie: as far as there is
    # memory. The heap's end is searched downwards.
    starts = [libc.sbrk(0) - 1, libc.malloc(600), libc.malloc(1 << 16)]
    starts += [id(one) for one in (object(), bytes(600), bytes(10**6))]
    for start in starts:
        for step in (-PAGE, PAGE):
            first = last = start & -PAGE
            for _ in range(MOST):
                if not readable(last + step):
                    break
                last += step
            low, high = min(first, last), max(first, last) + PAGE
            if readable(low) and earlier.search(ctypes.string_at(low, high - low)):
                return True
    return False
