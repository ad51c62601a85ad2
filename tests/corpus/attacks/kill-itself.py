# what: end as if the system had killed it
# layer: process
# expect: crashed
import signal


def attack():
    signal.raise_signal(signal.SIGKILL)
    return True
