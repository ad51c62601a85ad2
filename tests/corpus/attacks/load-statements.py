# what: run statements while the file is loaded
# layer: extract
# expect: stopped
RAN = []

for _ in range(1):
    RAN.append(True)

while not RAN:
    RAN.append(True)

RAN.append(True)

if True:
    RAN.append(True)

with open(__file__) as _:
    RAN.append(True)


def attack():
    return bool(RAN)
