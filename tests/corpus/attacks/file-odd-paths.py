# what: confuse the wall with paths that are odd
# layer: files
# expect: stopped
import os

ODD = (
    b"/etc/./../etc//passwd",
    b"//etc/passwd",
    b"/etc/passwd/.",
    b"/lib64/../etc/passwd",
    b"/proc/self/cwd/etc/passwd",
    b"/dev/fd/../../etc/passwd",
    b"/\xff\xfe/../etc/passwd",
    b"/etc/passwd\0.py",
    b"/" + b"./" * 2040 + b"etc/passwd",
    b"a" * 5000,
    b"",
)


def attack():
    for path in ODD:
        try:
            if os.read(os.open(path, os.O_RDONLY), 1):
                return True
        except (OSError, ValueError):
            pass
    return False
