# what: find files by a pattern
# layer: files
# expect: stopped
import glob


def attack():
    return bool(glob.glob("/etc/pass*") or glob.glob("/home/*") or glob.glob("/root/*"))
