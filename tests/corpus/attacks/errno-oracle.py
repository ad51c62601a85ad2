# what: tell by the error of open whether a file exists
# layer: root
# expect: stopped
import errno


def attack():
    try:
        return open("/etc/shadow", "rb").read(1) != b""
    except OSError as error:
        return error.errno == errno.EACCES
