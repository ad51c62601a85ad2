"""Locks a process before it reads a byte of student code.

`enclose` runs first of all in the fork server: namespaces and a private, read-only root. `restrict`
runs there when everything is loaded: user, first Landlock domain, no new privileges. `lock` runs in
each child: limits, second domain, system-call filter.

A layer that this host does not have is left out, and named as left out. What is in force is not
taken from here, but tried: see sandbox/probe.py.
"""

import fcntl
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import Any

kernel = sys.modules["_guest_kernel"]
filter_ = sys.modules["_guest_filter"]

_DESCRIPTORS = 64
_PROCESSES = 64
_STACK = 8 << 20
# Far above what people and containers use, and a different one for each server: the kernel counts
# processes by user.
_FIRST_UID = 1_900_000_000
_UIDS = 1 << 20
_NOT_PRELOADED = "colorsys"
_MOUNT_POINTS = ("/mnt", "/media", "/srv", "/run", "/opt", "/home")

# Left out, with the reason: told to the trusted side, for `grader doctor`.
left_out: dict[str, str] = {}
# Whether processes are counted apart from those of the user who grades: by a user namespace.
counted_apart: list[bool] = []


def attempt(name: str, without: list[str], layer: Callable[[], None]) -> bool:
    """Apply a layer; where that fails, note why, and go on without it."""
    if name in without:
        left_out[name] = "switched off"
        return False
    try:
        layer()
    except (OSError, KeyError, ImportError) as error:
        left_out[name] = getattr(error, "strerror", None) or str(error)
        return False
    return True


def enclose(readable: list[str], listed: list[str], without: list[str]) -> None:
    """Enter namespaces and a private root; where they are to be had, return in a new process."""
    if not attempt("namespaces", without, _namespaces):
        left_out.setdefault("root", "it needs namespaces")
        return
    _become_first_process()
    attempt("root", without, lambda: _private_root(readable, listed))


def _namespaces() -> None:
    flags = kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC
    flags |= kernel.CLONE_NEWUTS | kernel.CLONE_NEWCGROUP
    uid, gid = os.getuid(), os.getgid()
    try:
        kernel.call("unshare", flags)
    except PermissionError:
        kernel.call("unshare", flags | kernel.CLONE_NEWUSER)
        counted_apart.append(True)
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{uid} {uid} 1"),
            ("gid_map", f"{gid} {gid} 1"),
        ):
            _write(f"/proc/self/{name}", text)


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    os.write(descriptor, text.encode())
    os.close(descriptor)


def _become_first_process() -> None:
    """Go on as process 1 of the new namespace; what was before waits, and ends with it."""
    pid = os.fork()
    if pid:
        os.closerange(3, 256)
        _, status = os.waitpid(pid, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)


def _private_root(readable: list[str], listed: list[str]) -> None:
    """Build a root of read-only binds of what may be read, on memory, and make it the only one.

    A folder that is listed is bound whole, and what of it may not be read is covered: two mounts
    in place of hundreds.
    """
    point = next(
        one
        for one in _MOUNT_POINTS
        if os.path.isdir(one) and not any(path.startswith(one + "/") for path in readable)
    )
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    guard = kernel.MS_NOSUID | kernel.MS_NODEV
    kernel.mount("tmpfs", point, "tmpfs", guard, "mode=755,size=1m")
    below = tuple(folder + "/" for folder in listed)
    for path in [*listed, *(path for path in readable if not path.startswith(below))]:
        _bind(path, point + path)
    for folder in listed:
        for path in (f"{folder}/{name}" for name in os.listdir(folder)):
            if path not in readable:
                _cover(point + path)
    old = point + "/.old"
    os.mkdir(old)
    kernel.pivot_root(point, old)
    os.chdir("/")
    kernel.call("umount2", b"/.old", kernel.MNT_DETACH)
    os.rmdir("/.old")
    kernel.mount("tmpfs", "/", None, kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | guard)


def _cover(target: str) -> None:
    """Put an empty folder, or an empty file, in place of what must not be read."""
    flags = kernel.MS_NOSUID | kernel.MS_NODEV
    if os.path.isdir(target):
        kernel.mount("tmpfs", target, "tmpfs", flags | kernel.MS_RDONLY, "mode=755,size=4k")
    else:
        kernel.mount("/dev/null", target, None, kernel.MS_BIND)


def _bind(source: str, target: str) -> None:
    if os.path.isdir(source):
        os.makedirs(target, 0o755, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), 0o755, exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    kernel.mount(source, target, None, kernel.MS_BIND)
    flags = kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_RDONLY
    kernel.mount(source, target, None, flags | kernel.MS_NOSUID | kernel.MS_NODEV)


class Locks:
    """What a child needs to lock itself: made by the server, while paths can still be opened."""

    def __init__(self, limits: dict[str, Any], without: list[str], kept: int) -> None:
        self.limits = limits
        self.without = without
        self.kept = kept
        self.rules = -1  # which files may be read: for the server, and all that it forks
        self.apart = -1  # what sets a child apart from the others
        self.owns_user = False
        self.filter = b""  # made once: it takes as long as some submissions

    def restrict(self, readable: list[str], listed: list[str]) -> None:
        """Lock the server itself as far as it can still serve."""
        attempt("landlock", self.without, lambda: self._make_rules(readable, listed))
        self.owns_user = attempt("user", self.without, _drop_user)
        kernel.drop_capabilities()
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
        if self.rules >= 0:
            attempt("landlock", self.without, self._restrict_files)
        attempt("filter", self.without, self._try_filter)

    def _make_rules(self, readable: list[str], listed: list[str]) -> None:
        self.rules = kernel.landlock_rules(readable, listed)

    def _restrict_files(self) -> None:
        kernel.landlock_restrict(self.rules)
        os.close(self.rules)
        apart = kernel.landlock_apart()
        self.apart = fcntl.fcntl(apart, fcntl.F_DUPFD_CLOEXEC, self.kept)
        os.close(apart)

    def _try_filter(self) -> None:
        """Find out in a child that ends whether there are filters, for this processor."""
        self.filter = filter_.template(kernel.machine())
        program = filter_.named(self.filter, 0)
        pid = os.fork()
        if pid == 0:
            try:
                kernel.install_filter(program)
                os._exit(0)
            finally:
                os._exit(1)
        _, status = os.waitpid(pid, 0)
        if status != 0:
            raise OSError(0, "the kernel takes no system-call filter")

    def lock(self) -> None:
        """Lock this child, for good: limits, a domain of its own, the filter."""
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)  # it does not outlive the server
        if "limits" not in self.without:
            self._limit()
        if self.apart >= 0:
            # A domain of its own: within one domain, processes may still signal and trace.
            kernel.landlock_restrict(self.apart)
            os.close(self.apart)
        if "filter" not in left_out:
            kernel.install_filter(filter_.named(self.filter, os.getpid()))

    def _limit(self) -> None:
        _cap(resource.RLIMIT_AS, int(self.limits["memory"]))
        _cap(resource.RLIMIT_STACK, _STACK)
        _cap(resource.RLIMIT_CORE, 0)
        _cap(resource.RLIMIT_FSIZE, 0)
        _cap(resource.RLIMIT_NOFILE, _DESCRIPTORS)
        _cap(resource.RLIMIT_MEMLOCK, 0)
        if self.owns_user or counted_apart:
            _cap(resource.RLIMIT_NPROC, _PROCESSES)
        # A backstop: the trusted side ends a case by its own clock long before this.
        _cap(resource.RLIMIT_CPU, int(self.limits["submission_wall"]) + 1)


def _drop_user() -> None:
    """Become a user that owns nothing, if as that user a module can still be imported."""
    if os.geteuid() != 0:
        raise OSError(0, "only root can become another user")
    uid = _FIRST_UID + int.from_bytes(os.urandom(4), "big") % _UIDS
    pid = os.fork()
    if pid == 0:
        try:
            _become(uid)
            __import__(_NOT_PRELOADED)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    if status != 0:
        raise OSError(0, "as another user, Python's own modules cannot be read")
    _become(uid)


def _become(uid: int) -> None:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def _cap(what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(what, (value, value))
