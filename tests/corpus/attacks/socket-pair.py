# what: make a pair of sockets, which can carry descriptors
# layer: filter
# expect: stopped
import socket


def attack():
    one, other = socket.socketpair()
    other.close()
    with one:
        return one.fileno() >= 0
