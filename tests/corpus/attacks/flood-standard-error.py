# what: write to standard error without end
# layer: deadline
# expect: flooded
import sys


def attack():
    for _ in range(10**6):
        sys.stderr.write("x" * 1000)
    return True
