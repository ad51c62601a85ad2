# what: enter the namespaces of another process
# layer: filter
# expect: crashed
import ctypes


def attack():
    return ctypes.CDLL(None).setns(0, 0) == 0
