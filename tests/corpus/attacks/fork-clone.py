# what: start a process by the bare system call clone
# layer: filter
# expect: stopped
import ctypes
import os
import signal


def attack():
    number = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
    pid = ctypes.CDLL(None).syscall(number, int(signal.SIGCHLD), 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    return pid > 0
