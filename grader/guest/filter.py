"""The system-call filter: an allow-list, as a BPF program. Pure.

What numerical Python needs is allowed, threads too. What would make a process or reach out fails
with EPERM, so that Python raises PermissionError; what nobody needs but an attacker ends the
process, so that the cause is seen; anything else does not exist (ENOSYS), new calls included.
"""

import errno
import struct
from collections.abc import Mapping, Sequence

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_REFUSE = _ERRNO | errno.EPERM
_ABSENT = _ERRNO | errno.ENOSYS

_LOAD, _JUMP, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN, _AND = 0x20, 0x05, 0x15, 0x35, 0x45, 0x06, 0x54
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_FARTHEST = 255  # instructions that a comparison can skip
_X32 = 0x40000000

_CLONE_THREAD = 0x00010000
_CLONE_NEW = 0x7E020000 | 0x00000080  # all namespaces, the time namespace too
_PROT_EXEC = 4
_CLOCKS = 16  # clock ids from here on name processes and devices

_TABLES: dict[str, dict[str, int]] = {
    "x86_64": {
        "read": 0, "write": 1, "close": 3, "stat": 4, "fstat": 5, "lstat": 6, "poll": 7,
        "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12, "rt_sigaction": 13,
        "rt_sigprocmask": 14, "rt_sigreturn": 15, "ioctl": 16, "pread64": 17, "readv": 19,
        "writev": 20, "access": 21, "select": 23, "sched_yield": 24, "mremap": 25, "madvise": 28,
        "dup": 32, "nanosleep": 35, "getpid": 39, "socket": 41, "socketpair": 53, "clone": 56,
        "fork": 57, "vfork": 58, "execve": 59, "exit": 60, "kill": 62, "uname": 63, "fcntl": 72,
        "getcwd": 79, "readlink": 89, "gettimeofday": 96, "getrlimit": 97, "getrusage": 98,
        "sysinfo": 99, "times": 100, "ptrace": 101, "getuid": 102, "getgid": 104, "geteuid": 107,
        "getegid": 108, "getppid": 110, "getpgrp": 111, "setsid": 112, "sigaltstack": 131,
        "personality": 135, "pivot_root": 155, "prctl": 157, "arch_prctl": 158, "chroot": 161,
        "mount": 165, "umount2": 166, "init_module": 175, "delete_module": 176, "gettid": 186,
        "tkill": 200, "time": 201, "futex": 202, "sched_getaffinity": 204, "getdents64": 217,
        "set_tid_address": 218, "restart_syscall": 219, "fadvise64": 221, "clock_gettime": 228,
        "clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231, "epoll_wait": 232,
        "epoll_ctl": 233, "tgkill": 234, "kexec_load": 246, "add_key": 248, "request_key": 249,
        "keyctl": 250, "openat": 257, "newfstatat": 262, "pselect6": 270, "ppoll": 271,
        "unshare": 272, "set_robust_list": 273, "epoll_pwait": 281, "eventfd2": 290,
        "epoll_create1": 291, "pipe2": 293, "perf_event_open": 298, "prlimit64": 302,
        "open_by_handle_at": 304, "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311,
        "kcmp": 312, "finit_module": 313, "getrandom": 318, "kexec_file_load": 320, "bpf": 321,
        "execveat": 322, "userfaultfd": 323, "membarrier": 324, "statx": 332, "rseq": 334,
    },
    "aarch64": {
        "getcwd": 17, "eventfd2": 19, "epoll_create1": 20, "epoll_ctl": 21, "epoll_pwait": 22,
        "dup": 23, "fcntl": 25, "ioctl": 29, "umount2": 39, "mount": 40, "pivot_root": 41,
        "faccessat": 48, "chroot": 51, "openat": 56, "close": 57, "pipe2": 59, "getdents64": 61,
        "lseek": 62, "read": 63, "write": 64, "readv": 65, "writev": 66, "pread64": 67,
        "pselect6": 72, "ppoll": 73, "readlinkat": 78, "newfstatat": 79, "fstat": 80,
        "personality": 92, "exit": 93, "exit_group": 94, "set_tid_address": 96, "unshare": 97,
        "futex": 98, "set_robust_list": 99, "nanosleep": 101, "kexec_load": 104,
        "init_module": 105, "delete_module": 106, "clock_gettime": 113, "clock_getres": 114,
        "clock_nanosleep": 115, "ptrace": 117, "sched_getaffinity": 123, "sched_yield": 124,
        "restart_syscall": 128, "kill": 129, "tkill": 130, "tgkill": 131, "sigaltstack": 132,
        "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139, "times": 153,
        "setsid": 157, "uname": 160, "getrlimit": 163, "getrusage": 165, "prctl": 167,
        "gettimeofday": 169, "getpid": 172, "getppid": 173, "getuid": 174, "geteuid": 175,
        "getgid": 176, "getegid": 177, "gettid": 178, "sysinfo": 179, "socket": 198,
        "socketpair": 199, "brk": 214, "munmap": 215, "mremap": 216, "add_key": 217,
        "request_key": 218, "keyctl": 219, "clone": 220, "execve": 221, "mmap": 222,
        "fadvise64": 223, "mprotect": 226, "madvise": 233, "perf_event_open": 241,
        "prlimit64": 261, "open_by_handle_at": 265, "setns": 268, "process_vm_readv": 270,
        "process_vm_writev": 271, "kcmp": 272, "finit_module": 273, "getrandom": 278, "bpf": 280,
        "execveat": 281, "userfaultfd": 282, "membarrier": 283, "statx": 291, "rseq": 293,
        "kexec_file_load": 294,
    },
}  # fmt: skip
# Numbered alike everywhere.
_COMMON = {
    "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426,
    "io_uring_register": 427, "open_tree": 428, "move_mount": 429, "fsopen": 430,
    "pidfd_open": 434, "clone3": 435, "pidfd_getfd": 438, "faccessat2": 439, "memfd_secret": 447,
}  # fmt: skip

_REFUSED = (
    "fork",
    "vfork",
    "execve",
    "execveat",
    "kill",
    "tkill",
    "socket",
    "socketpair",
    "setsid",
)
_KILLED = (
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp", "bpf",
    "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register",
    "add_key", "request_key", "keyctl", "mount", "umount2", "pivot_root", "chroot", "unshare",
    "setns", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load",
    "open_by_handle_at", "memfd_secret", "personality", "open_tree", "move_mount", "fsopen",
)  # fmt: skip
_HIDDEN = ("clone3", "pidfd_open", "pidfd_send_signal")  # the C library falls back on clone

# By argument: index, values that are allowed; anything else is refused.
_BY_VALUE = {
    "ioctl": (1, (0x5401, 0x5413, 0x5450, 0x5451)),  # TCGETS, TIOCGWINSZ, FIONCLEX, FIOCLEX
    "fcntl": (1, (0, 1, 2, 3, 4, 1030)),  # duplicate, get and set flags: no locks, no leases
    "prctl": (0, (15, 16)),  # a thread's name
}

# Stands for the number of a process: above all such numbers, and nothing else in a filter.
_NAMELESS = 0x7FEDCBA9

_Instruction = tuple[int, int, int, int]


def program(architecture: str, pid: int) -> bytes:
    """Return the filter for a process; KeyError for an architecture that has no table."""
    table = _TABLES[architecture] | _COMMON
    actions: dict[int, list[_Instruction]] = {}
    for name, number in table.items():
        if name in _REFUSED:
            actions[number] = [_return(_REFUSE)]
        elif name in _KILLED:
            actions[number] = [_return(_KILL)]
        elif name in _HIDDEN:
            actions[number] = [_return(_ABSENT)]
        else:
            actions[number] = _special(name, pid) or [_return(_ALLOW)]
    start = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, ARCHITECTURES[architecture]),
        _return(_KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        _return(_KILL),
    ]
    code = start + _tree(_runs(actions))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def template(architecture: str) -> bytes:
    """Return the filter for a process that is yet to be named, by `named`."""
    return program(architecture, _NAMELESS)


def named(filter_: bytes, pid: int) -> bytes:
    """Return a template as the filter of a process."""
    return filter_.replace(struct.pack("=I", _NAMELESS), struct.pack("=I", pid))


def _return(action: int) -> _Instruction:
    return (_RETURN, 0, 0, action)


def _runs(actions: Mapping[int, list[_Instruction]]) -> list[tuple[int, list[_Instruction]]]:
    """Return the numbers at which another action begins than that of the number before."""
    absent = [_return(_ABSENT)]
    runs = [(0, actions.get(0, absent))]
    for number in range(1, max(actions) + 2):
        action = actions.get(number, absent)
        if action != runs[-1][1]:
            runs.append((number, action))
    return runs


def _tree(runs: Sequence[tuple[int, list[_Instruction]]]) -> list[_Instruction]:
    """Return a balanced search for the run of a number: the kernel translates it for each child."""
    if len(runs) == 1:
        return runs[0][1]
    middle = len(runs) // 2
    left, right = _tree(runs[:middle]), _tree(runs[middle:])
    first = runs[middle][0]
    if len(left) <= _FARTHEST:
        return [(_AT_LEAST, len(left), 0, first), *left, *right]
    return [(_AT_LEAST, 0, 1, first), (_JUMP, 0, 0, len(left)), *left, *right]


def _low(index: int) -> _Instruction:
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * index)


def _high(index: int) -> _Instruction:
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * index + 4)


def _special(name: str, pid: int) -> list[_Instruction] | None:
    """Return the checks of a call that is allowed with some arguments only."""
    if name in _BY_VALUE:
        index, values = _BY_VALUE[name]
        checks: list[_Instruction] = [_low(index)]
        for value in values:
            checks += [(_EQUAL, 0, 1, value), _return(_ALLOW)]
        return [*checks, _return(_REFUSE)]
    return _checks(pid).get(name)


def _checks(pid: int) -> dict[str, list[_Instruction]]:
    yes, no = _return(_ALLOW), _return(_REFUSE)
    own = [_low(0), (_EQUAL, 1, 0, 0), (_EQUAL, 0, 1, pid)]
    clock = [_low(0), (_AT_LEAST, 0, 1, _CLOCKS), no, yes]  # no clock of another process
    return {
        # A thread, in no new namespace.
        "clone": [
            _low(0), (_ANY_BIT, 0, 3, _CLONE_THREAD), (_ANY_BIT, 1, 0, _CLONE_NEW), yes, no, no,
        ],
        "mprotect": [_low(2), (_ANY_BIT, 0, 1, _PROT_EXEC), no, yes],
        # To read one's own limits: the new ones are a null pointer.
        "prlimit64": [
            _low(0), (_EQUAL, 1, 0, 0), (_EQUAL, 0, 5, pid),
            _low(2), (_EQUAL, 0, 3, 0), _high(2), (_EQUAL, 0, 1, 0), yes, no,
        ],
        "sched_getaffinity": [*own, yes, no],  # others need not be seen to exist
        "clock_gettime": clock,
        "clock_getres": clock,
        "tgkill": [_low(0), (_EQUAL, 0, 1, pid), yes, no],  # abort() signals its own process
    }  # fmt: skip
