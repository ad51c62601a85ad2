# what: compute a number of a gigabyte
# layer: limits
# expect: out_of_memory
def attack():
    return (1 << (8 << 30)) > 0
