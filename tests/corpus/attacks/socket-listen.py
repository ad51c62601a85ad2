# what: wait for a connection on the loopback
# layer: filter
# expect: stopped
import socket


def attack():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1] > 0
