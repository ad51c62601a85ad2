# what: call what newer kernels have
# layer: filter
# expect: stopped
import ctypes
import errno

# From close_range on; but for those that end the process, and faccessat2, which is allowed.
FIRST, LAST, OTHERS = 436, 480, (438, 439, 447)


def attack():
    libc = ctypes.CDLL(None, use_errno=True)
    wrong = ctypes.c_long(-1)
    for number in range(FIRST, LAST):
        if number in OTHERS:
            continue
        ctypes.set_errno(0)
        libc.syscall(ctypes.c_long(number), wrong, wrong, wrong, wrong, wrong, wrong)
        if ctypes.get_errno() != errno.ENOSYS:
            return True
    return False
