# what: swallow each MemoryError, and ask again
# layer: deadline
# expect: timed_out
def attack():
    hoard = []
    for _ in range(10**9):
        try:
            hoard.append(bytes(64 << 20))
        except MemoryError:
            pass
    return True
