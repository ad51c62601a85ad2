# what: write to the grader from a thread, after the file is loaded
# layer: wire
# expect: crashed
import os
import threading
import time


def late():
    time.sleep(0.05)
    os.write(4, b"garbage" * 10)


class Load:
    threading.Thread(target=late, daemon=True).start()


def attack():
    time.sleep(1)
    return True
