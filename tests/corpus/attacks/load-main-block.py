# what: run what stands under __main__
# layer: extract
# expect: stopped
RAN = False

if __name__ == "__main__":
    RAN = True


def attack():
    return RAN
