# what: print without end
# layer: deadline
# expect: flooded
def attack():
    for _ in range(10**6):
        print("x" * 1000)
    return True
