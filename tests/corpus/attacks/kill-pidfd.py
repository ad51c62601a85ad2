# what: signal the parent by a descriptor of it
# layer: filter
# expect: stopped
import os
import signal


def attack():
    signal.pidfd_send_signal(os.pidfd_open(os.getppid()), 0)
    return True
