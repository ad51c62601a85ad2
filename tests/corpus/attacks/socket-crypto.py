# what: reach the kernel's cryptography
# layer: filter
# expect: stopped
import socket


def attack():
    with socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET) as one:
        return one.fileno() >= 0
