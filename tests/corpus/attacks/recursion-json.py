# what: have the C code recurse without end
# layer: process
# expect: stopped
import json


def attack():
    return json.loads("[" * 10**6) is not None
