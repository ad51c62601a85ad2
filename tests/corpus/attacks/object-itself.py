# what: return a list that holds itself
# layer: wire
# expect: answered
def attack():
    found = []
    found.append(found)
    return found
