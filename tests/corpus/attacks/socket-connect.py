# what: connect to the loopback
# layer: filter
# expect: stopped
import socket


def attack():
    try:
        with socket.create_connection(("127.0.0.1", 9), 0.2):
            return True
    except ConnectionRefusedError:
        return True
