# what: forge packets
# layer: filter
# expect: stopped
import socket


def attack():
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as one:
        return one.fileno() >= 0
