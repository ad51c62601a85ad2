# what: write to descriptor 2 without end, beside Python
# layer: deadline
# expect: flooded
import os


def attack():
    for _ in range(10**6):
        os.write(2, bytes(1 << 16))
    return True
