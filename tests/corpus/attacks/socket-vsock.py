# what: speak to the machine under this virtual machine
# layer: filter
# expect: stopped
import socket


def attack():
    with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as one:
        return one.fileno() >= 0
