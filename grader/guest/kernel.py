"""System calls that Python does not have, by ctypes; import-safe on every system.

Numbers and structures are the kernel's: include/uapi/linux/{landlock,seccomp,prctl,sched,mount}.h,
asm-generic/unistd.h (aarch64) and arch/x86/entry/syscalls/syscall_64.tbl.
"""

import ctypes
import os
import struct

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC = 1 << 17, 1 << 25, 1 << 26, 1 << 27
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 1 << 28, 1 << 29, 1 << 30

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1 << 5, 1 << 12, 1 << 14, 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
SECCOMP_MODE_FILTER = 2

_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION = 0x20080522
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_LANDLOCK_VERSION = 1
_LANDLOCK_PATH_BENEATH = 1

_READ_FILE, _READ_DIR, _MAKE_DEVICE = 1 << 2, 1 << 3, 1 << 11
# How many rights over files each version of Landlock knows; from 6 on, scopes as well.
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NET_VERSION, _SCOPE_VERSION = 4, 6
_NET_BIND_CONNECT = 0b11
_SCOPE_SOCKETS_SIGNALS = 0b11

_libc: ctypes.CDLL | None
try:
    _libc = ctypes.CDLL(None, use_errno=True)
except (OSError, TypeError):  # Windows has no such thing
    _libc = None


def machine() -> str:
    """Return the processor's kind, as the kernel calls it."""
    return os.uname().machine if hasattr(os, "uname") else ""


def call(name: str, *arguments: object) -> int:
    """Call a function of the C library; OSError where it fails or is not there."""
    if _libc is None:
        raise OSError(0, f"no {name} on this system")
    result = int(getattr(_libc, name)(*arguments))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def prctl(what: int, value: object) -> None:
    """Set an attribute of this process."""
    call("prctl", what, value, 0, 0, 0)


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """Mount `source` on `target`."""
    encoded = [text.encode() if text is not None else None for text in (source, target, kind, data)]
    call("mount", encoded[0], encoded[1], encoded[2], ctypes.c_ulong(flags), encoded[3])


def pivot_root(new: str, old: str) -> None:
    """Make `new` the root, and put the old one on `old`."""
    call("syscall", ctypes.c_long(_PIVOT_ROOT[machine()]), new.encode(), old.encode())


def drop_capabilities() -> None:
    """Give up all capabilities of this process: those inside a user namespace, too."""
    header = struct.pack("=Ii", _CAPABILITY_VERSION, 0)
    call("syscall", ctypes.c_long(_CAPSET[machine()]), header, bytes(24))


class _Rules(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def landlock_version() -> int:
    """Return the version of Landlock that the kernel has; OSError where it has none."""
    return _landlock(_LANDLOCK_CREATE, None, 0, _LANDLOCK_VERSION)


def landlock_rules(readable: list[str], listed: list[str]) -> int:
    """Return a descriptor of rules by which `readable` paths may be read, and nothing else done.

    Folders that are `listed` may be listed, as Python does to find a module.
    """
    ruleset = _ruleset((1 << _RIGHTS.get(landlock_version(), 16)) - 1)
    for path in readable:
        is_folder = os.path.isdir(path)
        _allow(ruleset, path, _READ_FILE | _READ_DIR if is_folder else _READ_FILE)
    for path in listed:
        _allow(ruleset, path, _READ_DIR)
    return ruleset


def landlock_apart() -> int:
    """Return a descriptor of rules by which a process is apart from others under the same rules.

    They forbid what no process here needs, and are quick to put on top of others.
    """
    return _ruleset(_MAKE_DEVICE)


def _ruleset(rights: int) -> int:
    """Return a descriptor of rules that forbid rights over files, the net and other processes."""
    version = landlock_version()
    rules = _Rules(
        rights,
        _NET_BIND_CONNECT if version >= _NET_VERSION else 0,
        _SCOPE_SOCKETS_SIGNALS if version >= _SCOPE_VERSION else 0,
    )
    size = 24 if version >= _SCOPE_VERSION else 16 if version >= _NET_VERSION else 8
    return _landlock(_LANDLOCK_CREATE, ctypes.byref(rules), size, 0)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    beneath = _Beneath(rights, descriptor)
    _landlock(_LANDLOCK_ADD, ruleset, _LANDLOCK_PATH_BENEATH, ctypes.byref(beneath), 0)
    os.close(descriptor)


def landlock_restrict(ruleset: int) -> None:
    """Put this process, for good, under rules."""
    _landlock(_LANDLOCK_RESTRICT, ruleset, 0)


def _landlock(number: int, *arguments: object) -> int:
    return call("syscall", ctypes.c_long(number), *arguments)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def install_filter(program: bytes) -> None:
    """Put this process under a system-call filter: a BPF program of 8-byte instructions."""
    buffer = ctypes.create_string_buffer(program, len(program))
    told = _Program(len(program) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    prctl_arguments = (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(told), 0, 0)
    call("prctl", *prctl_arguments)
