# what: return a list a hundred thousand levels deep
# layer: wire
# expect: answered
def attack():
    found = []
    for _ in range(10**5):
        found = [found]
    return found
