# what: listen to all that passes on the network
# layer: filter
# expect: stopped
import socket


def attack():
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as one:
        return one.fileno() >= 0
