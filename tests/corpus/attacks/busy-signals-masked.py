# what: mask all signals, and compute without end
# layer: deadline
# expect: timed_out
import signal


def attack():
    signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
    for _ in range(10**12):
        pass
    return True
