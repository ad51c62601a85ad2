# what: leave as if someone had pressed Ctrl-C
# layer: process
# expect: stopped
def attack():
    raise KeyboardInterrupt
