# what: compute a power of a thousand million digits
# layer: deadline
# expect: timed_out
def attack():
    return 7**10**9 > 0
