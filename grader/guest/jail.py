"""Locks a process before it reads a byte of student code.

`prepare` runs once in the fork server, `lock` in each child. Namespaces, the private root, the
uid and the first Landlock domain belong into `prepare`; the second domain and the system-call
filter into `lock`, after the limits.
"""

import resource

_NO_FILES = 0
_DESCRIPTORS = 64
_STACK = 8 << 20


def prepare() -> list[str]:
    """Apply what is shared by all children; return the names of the layers in force."""
    return ["process", "environment", "limits", "deadlines"]


def lock(limits: dict[str, float]) -> None:
    """Apply this child's limits: memory in bytes, CPU seconds; no files, cores or descriptors."""
    _cap(resource.RLIMIT_AS, int(limits["memory"]))
    _cap(resource.RLIMIT_STACK, _STACK)
    _cap(resource.RLIMIT_CORE, 0)
    _cap(resource.RLIMIT_FSIZE, _NO_FILES)
    _cap(resource.RLIMIT_NOFILE, _DESCRIPTORS)
    # A backstop: the trusted side ends a case by its own clock long before this.
    _cap(resource.RLIMIT_CPU, int(limits["submission_wall"]) + 1)


def _cap(what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(what, (value, value))
