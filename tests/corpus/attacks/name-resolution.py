# what: resolve a name (of the loopback)
# layer: filter
# expect: stopped
import socket


def attack():
    return bool(socket.getaddrinfo("localhost", 80, socket.AF_INET))
