# what: open a file by its number on disk
# layer: filter
# expect: crashed
import ctypes


def attack():
    handle = ctypes.create_string_buffer(64)
    return ctypes.CDLL(None).open_by_handle_at(-100, handle, 0) >= 0
