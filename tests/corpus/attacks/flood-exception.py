# what: raise an exception that says a megabyte
# layer: wire
# expect: stopped
def attack():
    raise ValueError("x" * (1 << 20))
