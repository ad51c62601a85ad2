# what: let a thread keep Python to itself
# layer: deadline
# expect: timed_out
import sys
import threading
import time


def work():
    for _ in range(10**12):
        pass


def attack():
    sys.setswitchinterval(1e6)
    threading.Thread(target=work, daemon=True).start()
    time.sleep(0.01)
    return True
