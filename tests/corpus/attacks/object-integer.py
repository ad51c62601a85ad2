# what: return a number of a hundred thousand digits
# layer: wire
# expect: answered
def attack():
    return 7 ** (10**5)
