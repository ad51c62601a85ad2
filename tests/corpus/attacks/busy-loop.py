# what: compute without end
# layer: deadline
# expect: timed_out
def attack():
    for _ in range(10**12):
        pass
    return True
