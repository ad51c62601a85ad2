# what: start threads without end (two hundred here)
# layer: limits
# expect: stopped
import threading


def attack():
    done = threading.Event()
    try:
        for _ in range(200):
            threading.Thread(target=done.wait, daemon=True).start()
    finally:
        done.set()
    return True
