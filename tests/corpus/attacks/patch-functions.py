# what: replace what answers are made with: json, struct, os, builtins, NumPy
# layer: process
# expect: stopped
import builtins
import json
import os
import struct

import numpy as np


def lie(*arguments, **named):
    return 1.0


def attack():
    for name in ("len", "type", "getattr", "zip", "max", "id", "vars", "enumerate"):
        setattr(builtins, name, lie)
    json.dumps = json.loads = os.write = os.read = os._exit = lie
    struct.pack = struct.pack_into = struct.unpack = lie
    for name in ("asarray", "ascontiguousarray", "frombuffer", "dtype", "may_share_memory"):
        setattr(np, name, lie)
    return False
