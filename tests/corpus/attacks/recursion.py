# what: recurse without end
# layer: process
# expect: stopped
def attack():
    return attack()
