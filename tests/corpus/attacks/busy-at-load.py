# what: compute without end while the file is loaded
# layer: deadline
# expect: timed_out
class Heavy:
    for _ in range(10**12):
        pass


def attack():
    return True
