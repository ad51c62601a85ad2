"""Runs a command as a host would that gives less: `python modes.py MODE COMMAND…`, as root.

root            everything
user            an ordinary user, who may make user namespaces
container-root  what a container's default profile leaves to root
container-user  the same, to an ordinary user

The container's profile is emulated: its capabilities, and a filter of the calls that it forbids
(moby's profiles/seccomp/default.json). No container engine is needed.
"""

import ctypes
import importlib.util
import os
import struct
import sys
from pathlib import Path
from types import ModuleType

USER = 65_432
MODES = ("root", "user", "container-root", "container-user")

_GUEST = Path(__file__).resolve().parent.parent / "grader" / "guest"
# CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE NET_RAW SYS_CHROOT
# MKNOD AUDIT_WRITE SETFCAP: what Docker leaves to root.
_KEPT = (0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31)
_LAST_CAPABILITY = 40
_PR_CAPBSET_DROP = 24
_CAPSET = {"x86_64": 126, "aarch64": 91}
_FORBIDDEN = (
    "unshare",
    "setns",
    "mount",
    "umount2",
    "pivot_root",
    "open_tree",
    "move_mount",
    "fsopen",
)


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"modes_{name}", _GUEST / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


kernel = _load("kernel")
filter_ = _load("filter")


def open_way(path: Path) -> None:
    """Let ordinary users reach `path`, in a mount namespace of this process alone."""
    closed = next((p for p in reversed(path.parents) if not p.stat().st_mode & 0o001), None)
    if closed is None:
        return
    kernel.call("unshare", kernel.CLONE_NEWNS)
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    inside = closed / path.relative_to(closed).parts[0]
    kernel.mount(str(inside), "/mnt", None, kernel.MS_BIND | kernel.MS_REC)
    kernel.mount("tmpfs", str(closed), "tmpfs", 0, "mode=755")
    inside.mkdir()
    kernel.mount("/mnt", str(inside), None, kernel.MS_BIND | kernel.MS_REC)


def drop_capabilities() -> None:
    """Keep what a container's root has."""
    for capability in range(_LAST_CAPABILITY + 1):
        if capability not in _KEPT:
            kernel.call("prctl", _PR_CAPBSET_DROP, capability, 0, 0, 0)
    mask = sum(1 << capability for capability in _KEPT)
    header = struct.pack("=Ii", 0x20080522, 0)
    low, high = mask & 0xFFFFFFFF, mask >> 32
    data = struct.pack("=6I", low, low, 0, high, high, 0)
    kernel.call("syscall", ctypes.c_long(_CAPSET[kernel.machine()]), header, data)


def profile() -> bytes:
    """Return the filter: EPERM for what makes namespaces or mounts, ENOSYS for clone3."""
    table = filter_._TABLES[kernel.machine()] | filter_._COMMON  # noqa: SLF001
    code = [(0x20, 0, 0, 0)]
    for name in _FORBIDDEN:
        code += [(0x15, 0, 1, table[name]), (0x06, 0, 0, 0x00050001)]
    code += [(0x15, 0, 1, table["clone3"]), (0x06, 0, 0, 0x00050026)]
    # clone with a flag that makes a namespace
    code += [(0x15, 0, 4, table["clone"]), (0x20, 0, 0, 16), (0x45, 0, 1, 0x7E020000)]
    code += [(0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000), (0x06, 0, 0, 0x7FFF0000)]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def enter(mode: str) -> None:
    """Become what a mode says."""
    if mode.endswith("user"):
        open_way(Path(sys.base_prefix))
    if mode.startswith("container"):
        kernel.install_filter(profile())
        drop_capabilities()
    if mode.endswith("user"):
        os.setgroups([])
        os.setresgid(USER, USER, USER)
        os.setresuid(USER, USER, USER)


if __name__ == "__main__":
    enter(sys.argv[1])
    os.execvp(sys.argv[2], sys.argv[2:])
