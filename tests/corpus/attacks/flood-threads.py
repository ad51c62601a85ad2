# what: print without end from a thread that outlives the call
# layer: deadline
# expect: flooded
import os
import threading
import time


def work():
    for _ in range(10**6):
        os.write(1, bytes(1 << 16))


def attack():
    threading.Thread(target=work, daemon=True).start()
    time.sleep(1)
    return True
