# what: speak to a service of this host
# layer: filter
# expect: stopped
import socket


def attack():
    with socket.socket(socket.AF_UNIX) as one:
        return one.fileno() >= 0
