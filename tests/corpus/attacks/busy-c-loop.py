# what: compute without end, in C
# layer: deadline
# expect: timed_out
def attack():
    return sum(range(10**12)) > 0
