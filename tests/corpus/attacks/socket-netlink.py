# what: speak to the kernel's network code
# layer: filter
# expect: stopped
import socket


def attack():
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as one:
        return one.fileno() >= 0
