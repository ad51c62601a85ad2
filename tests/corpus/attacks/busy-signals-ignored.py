# what: ignore all signals, and compute without end
# layer: deadline
# expect: timed_out
import signal


def attack():
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    for _ in range(10**12):
        pass
    return True
