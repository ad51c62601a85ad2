# what: recurse, with the limit raised, until memory is full
# layer: limits
# expect: out_of_memory
import sys


def descend():
    ballast = bytes(1 << 20)
    return descend() + len(ballast)


def attack():
    sys.setrecursionlimit(10**8)
    return descend() > 0
