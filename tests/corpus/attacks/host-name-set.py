# what: rename the host (to what it is called)
# layer: filter
# expect: stopped
import os
import socket


def attack():
    socket.sethostname(os.uname().nodename)
    return True
