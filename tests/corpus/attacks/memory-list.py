# what: fill memory with a list that grows
# layer: limits
# expect: out_of_memory
def attack():
    hoard = []
    for _ in range(64):
        hoard.append(bytes(32 << 20))
    return True
