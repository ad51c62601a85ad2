# what: get memory that no one else can see
# layer: filter
# expect: crashed
import ctypes


def attack():
    return ctypes.CDLL(None).syscall(447, 0) >= 0
