# what: set a limit of the parent's (to what it is)
# layer: filter
# expect: stopped
import os
import resource


def attack():
    parent = os.getppid()
    limits = resource.prlimit(parent, resource.RLIMIT_CORE)
    resource.prlimit(parent, resource.RLIMIT_CORE, limits)
    return True
