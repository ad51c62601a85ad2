# what: end by the signal of a time limit
# layer: process
# expect: timed_out
import signal


def attack():
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    signal.raise_signal(signal.SIGXCPU)
    return True
