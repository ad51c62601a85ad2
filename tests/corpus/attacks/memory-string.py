# what: make a text of a gigabyte
# layer: limits
# expect: out_of_memory
def attack():
    return len("x" * (1 << 30)) > 0
