# what: make kernel objects without end
# layer: limits
# expect: stopped
import os
import select


def attack():
    kept = [(select.epoll(), os.eventfd(0)) for _ in range(200)]
    return len(kept) > 0
