# what: put other modules in place of those that run this submission
# layer: process
# expect: stopped
import sys
import types


def attack():
    for name in [name for name in sys.modules if name.startswith("_guest_")]:
        fake = types.ModuleType(name)
        fake.pack = fake.clean = fake.serve = lambda *_: {"kind": "scalar"}
        sys.modules[name] = fake
    return False
