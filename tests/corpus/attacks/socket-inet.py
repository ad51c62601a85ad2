# what: open a network connection
# layer: filter
# expect: stopped
import socket


def attack():
    with socket.socket() as one:
        return one.fileno() >= 0
