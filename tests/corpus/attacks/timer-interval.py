# what: be woken by a timer
# layer: filter
# expect: stopped
import signal
import time


def attack():
    fired = []
    signal.signal(signal.SIGALRM, lambda *_: fired.append(True))
    signal.alarm(1)
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    time.sleep(0.05)
    return bool(fired)
