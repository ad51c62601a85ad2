# what: read /etc/passwd with every opener of the standard library
# layer: files
# expect: stopped
import codecs
import fileinput
import io
import os
import pathlib
import tokenize

PATH = "/etc/passwd"


def attack():
    openers = (
        lambda: io.FileIO(PATH).read(1),
        lambda: io.open_code(PATH).read(1),
        lambda: codecs.open(PATH).read(1),
        lambda: tokenize.open(PATH).read(1),
        lambda: next(fileinput.input(PATH)),
        lambda: pathlib.Path(PATH).read_bytes(),
        lambda: os.fdopen(os.open(PATH, os.O_RDONLY)).read(1),
        lambda: open(os.fsencode(PATH)).read(1),
    )
    for opener in openers:
        try:
            if opener():
                return True
        except OSError:
            pass
    return False
