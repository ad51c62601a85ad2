# what: stop, so that no signal that can be handled arrives
# layer: deadline
# expect: timed_out
import signal


def attack():
    signal.raise_signal(signal.SIGSTOP)
    return True
