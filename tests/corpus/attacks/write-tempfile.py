# what: get a temporary file, wherever there is a place for one
# layer: files
# expect: stopped
import tempfile


def attack():
    with tempfile.TemporaryFile() as file:
        return file.fileno() >= 0
