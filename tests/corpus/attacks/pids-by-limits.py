# what: find other processes by their limits
# layer: namespaces
# expect: stopped
import os
import resource


def attack():
    def runs(pid):
        try:
            resource.prlimit(pid, resource.RLIMIT_CORE)
        except (ProcessLookupError, PermissionError):  # refused for all alike: nothing is learnt
            return False
        return True

    ours = (1, os.getpid())
    return any(runs(pid) for pid in range(1, 20000) if pid not in ours)
