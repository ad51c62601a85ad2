# what: open a connection over IPv6
# layer: filter
# expect: stopped
import socket


def attack():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as one:
        return one.fileno() >= 0
