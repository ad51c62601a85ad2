# what: ask the C library for the users of this host
# layer: files
# expect: stopped
import pwd


def attack():
    return bool(pwd.getpwall())
