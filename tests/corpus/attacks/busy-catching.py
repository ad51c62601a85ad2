# what: catch whatever is to end it, and go on
# layer: deadline
# expect: timed_out
def attack():
    for _ in range(10**6):
        try:
            for _ in range(10**9):
                pass
        except BaseException:
            pass
    return True
