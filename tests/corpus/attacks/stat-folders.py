# what: see by stat when something of this host was changed
# layer: root
# expect: stopped
import os


def attack():
    def changed(path):
        try:
            return os.lstat(path).st_mtime >= 0
        except OSError:
            return False

    return any(changed(path) for path in ("/proc", "/sys", "/var/log", "/etc/hosts"))
