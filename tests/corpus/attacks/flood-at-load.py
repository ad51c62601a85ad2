# what: print without end while the file is loaded
# layer: deadline
# expect: flooded
class Loud:
    for _ in range(10**6):
        print("x" * 1000)


def attack():
    return True
