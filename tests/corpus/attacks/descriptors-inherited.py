# what: use a descriptor that was left open
# layer: process
# expect: stopped
import os


def attack():
    def is_open(number):
        try:
            os.fstat(number)
        except OSError:
            return False
        return True

    # 0 is empty, 1 and 2 are text, 3 and 4 are the pipes to the grader.
    return any(is_open(number) for number in range(5, 4096))
