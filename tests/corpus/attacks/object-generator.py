# what: return a generator
# layer: wire
# expect: answered
def attack():
    yield True
