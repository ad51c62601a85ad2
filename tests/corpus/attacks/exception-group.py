# what: raise an exception of a hundred thousand others
# layer: process
# expect: stopped
def attack():
    raise ExceptionGroup("many", [ValueError("x" * 100)] * 10**5)
