# what: read /etc/passwd through linecache
# layer: files
# expect: stopped
import linecache


def attack():
    return linecache.getline("/etc/passwd", 1) != ""
