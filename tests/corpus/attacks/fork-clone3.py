# what: start a process by clone3, whose flags no filter can read
# layer: filter
# expect: stopped
import ctypes
import os
import signal
import struct


def attack():
    arguments = struct.pack("=11Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, 0, 0, 0)
    pid = ctypes.CDLL(None).syscall(435, arguments, ctypes.c_size_t(len(arguments)))
    if pid == 0:
        os._exit(0)
    return pid > 0
