"""Every system call by number, from inside a locked child: what becomes of it is pinned.

`syscalls_x86_64.toml` is the table. A call that is in none of its lists does not exist (ENOSYS),
today's and tomorrow's.
"""

import platform
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest

from grader.guest import filter as filter_
from grader.model import Ending, Limits, Outcome
from grader.program import Vocabulary
from grader.sandbox import session
from grader.sandbox.host import keeper_for
from grader.sandbox.keeper import Keeper
from grader.sandbox.paths import policy_for
from tests.builders import case, program, submission

pytestmark = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="the table is of x86_64's numbers"
)

# What is to be seen in a child that made a call with six arguments of -1.
ABSENT = "absent"  # ENOSYS
REFUSED = "refused"  # EPERM
REACHED = "reached"  # another error: the kernel itself looked at the arguments
DONE = "done"
KILLED = "killed"  # SIGSYS
ENDED = "ended"  # by its own doing: exit, or another signal
HANGS = "hangs"

_X32 = 0x40000000
NUMBERS = (*range(470), *range(512, 548), 1023, 1024, 4096)
_LIMITS = Limits(load_cpu=5.0, load_wall=20.0, case_cpu=5.0, case_wall=2.0)
_PROBE = Vocabulary(classes=(), functions=("probe",), watched=())
# Prints each number before the call and what it gave after it: the last one says what was fatal.
_SWEEP = """
    import ctypes

    def probe(numbers):
        libc = ctypes.CDLL(None, use_errno=True)
        libc.syscall.restype = ctypes.c_long
        arguments = [ctypes.c_long(-1)] * 6
        for number in numbers.tolist():
            print(number, end=" ")
            ctypes.set_errno(0)
            result = libc.syscall(ctypes.c_long(number), *arguments)
            print(ctypes.get_errno() if result == -1 else 0)
        return 0.0
"""
_SOURCE = textwrap.dedent(_SWEEP).encode()


_FILTER = filter_._TABLES["x86_64"] | filter_._COMMON  # noqa: SLF001 - pinned here


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Calls by what becomes of them: name to number. `either` differ from kernel to kernel."""

    refused: dict[str, int]
    reached: dict[str, int]
    done: dict[str, int]
    killed: dict[str, int]
    ended: dict[str, int]
    hangs: dict[str, int]
    either: dict[str, tuple[int, list[str]]]

    def expected(self, number: int) -> set[str]:
        for varying, kinds in self.either.values():
            if number == varying:
                return set(kinds)
        lists = msgspec.structs.asdict(self)
        found = {kind for kind, calls in lists.items() if number in calls.values()}
        return found or {ABSENT}


@pytest.fixture(scope="module")
def table() -> Table:
    path = Path(__file__).with_name("syscalls_x86_64.toml")
    return msgspec.toml.decode(path.read_bytes(), type=Table)


@pytest.fixture(scope="module")
def keeper() -> Iterator[Keeper]:
    with keeper_for(policy_for(_LIMITS)) as keeper:
        yield keeper


def _called(keeper: Keeper, numbers: Sequence[int]) -> Outcome:
    """Make calls in a fresh child, as many as it survives."""
    one = case(
        {"probe": 0.0},
        program=program("found = probe(X)\nfound", vocabulary=_PROBE),
        given={"X": np.array(numbers)},
    )
    (outcome,) = session.run(keeper, submission(_SOURCE), [one], _LIMITS).outcomes
    return outcome


def _kind(errno: int) -> str:
    return {0: DONE, 1: REFUSED, 38: ABSENT}.get(errno, REACHED)


def _fate(outcome: Outcome) -> str:
    """Tell what ended a child, by what is told of it."""
    if outcome.ending is Ending.TIMED_OUT:
        return HANGS
    return KILLED if "not allowed" in str(outcome.reason) else ENDED


def sweep(keeper: Keeper, numbers: Sequence[int]) -> dict[int, str]:
    """Make every call; a fatal one costs its child, and the next child goes on behind it."""
    found: dict[int, str] = {}
    while len(found) < len(numbers):
        outcome = _called(keeper, numbers[len(found) :])
        rows = [line.split() for line in outcome.text.splitlines()]
        found |= {int(row[0]): _kind(int(row[1])) for row in rows if len(row) == 2}
        if outcome.ending is not Ending.ANSWERED:
            found[numbers[len(found)]] = _fate(outcome)
    return found


@pytest.fixture(scope="module")
def found(keeper: Keeper) -> Mapping[int, str]:
    return sweep(keeper, NUMBERS)


def test_every_call_ends_as_pinned(found: Mapping[int, str], table: Table) -> None:
    differ = {
        number: (kind, table.expected(number))
        for number, kind in found.items()
        if kind not in table.expected(number)
    }

    assert differ == {}


def test_the_killed_calls_are_those_of_the_filter(table: Table) -> None:
    killed = filter_._KILLED  # noqa: SLF001 - pinned here

    assert table.killed == {name: _FILTER[name] for name in killed}


def test_names_in_the_table_are_the_filters_own(table: Table) -> None:
    lists = msgspec.structs.asdict(table)
    del lists["either"]
    pinned = {name: number for calls in lists.values() for name, number in calls.items()}

    assert pinned == {name: _FILTER.get(name) for name in pinned}


def test_every_call_that_the_filter_knows_was_tried(found: Mapping[int, str]) -> None:
    assert set(_FILTER.values()) <= set(found)


def test_unknown_numbers_do_not_exist(found: Mapping[int, str]) -> None:
    assert {found[number] for number in NUMBERS if number >= 470} == {ABSENT}


# Every one costs a child: all of them are for the slow run.
@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param([*range(0, 470, 8), *range(512, 548)], id="some"),
        pytest.param(range(470), id="all", marks=pytest.mark.slow),
    ],
)
def test_no_call_gets_through_by_its_x32_number(keeper: Keeper, numbers: Sequence[int]) -> None:
    found = sweep(keeper, [_X32 | number for number in numbers])

    assert [number & ~_X32 for number, kind in found.items() if kind != KILLED] == []


@pytest.mark.parametrize("number", [-1, -(2**31), 2**31 - 1, 2**32 - 1, 2**32 + 101])
def test_a_number_that_is_no_number_is_fatal(keeper: Keeper, number: int) -> None:
    """Of a number the kernel takes the low half: 2**32 + 101 is ptrace."""
    assert sweep(keeper, [number]) == {number: KILLED}


# mov eax, 20 (getpid of the 32-bit calls); int 0x80; ret
_OTHER_ABI = """
    import ctypes
    import mmap

    def probe():
        page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(bytes([0xB8, 20, 0, 0, 0, 0xCD, 0x80, 0xC3]))
        address = ctypes.addressof(ctypes.c_char.from_buffer(page))
        return float(ctypes.CFUNCTYPE(ctypes.c_int)(address)())
"""


def _asked(keeper: Keeper, source: str) -> Outcome:
    """Call `probe()` of a submission."""
    text = program("found = probe()\nfound", vocabulary=_PROBE)
    file = submission(textwrap.dedent(source).encode())
    (outcome,) = session.run(keeper, file, [case({"probe": 0.0}, program=text)], _LIMITS).outcomes
    return outcome


def test_calls_of_the_32_bit_kind_are_fatal(keeper: Keeper) -> None:
    """SIGSYS by the filter, or, of a kernel that has no such calls, SIGSEGV."""
    outcome = _asked(keeper, _OTHER_ABI)

    assert outcome.ending is Ending.CRASHED
    assert _fate(outcome) in (KILLED, ENDED)


# Calls that are allowed with some arguments only: name, arguments, errno (0: done).
_EPERM = 1
_ARGUMENTS: dict[str, tuple[str, list[int], int]] = {
    "a process": ("clone", [17, 0, 0, 0, 0], _EPERM),
    "a process by vfork": ("clone", [0x4100 | 17, 0, 0, 0, 0], _EPERM),
    "a thread in a user namespace": ("clone", [0x10000 | 0x10000000, 0, 0, 0, 0], _EPERM),
    "a thread in a time namespace": ("clone", [0x10000 | 0x80, 0, 0, 0, 0], _EPERM),
    "executable memory": ("mprotect", [0, 4096, 5], _EPERM),
    "a lock": ("fcntl", [0, 6, 0], _EPERM),
    "a lease": ("fcntl", [0, 1024, 0], _EPERM),
    "an owner of signals": ("fcntl", [0, 8, 1], _EPERM),
    "a pipe of another size": ("fcntl", [3, 1031, 1 << 20], _EPERM),
    "its flags": ("fcntl", [3, 3, 0], 0),
    "a character typed": ("ioctl", [0, 0x5412, 0], _EPERM),
    "another character typed": ("ioctl", [0, (1 << 32) | 0x5412, 0], _EPERM),
    "dumpable": ("prctl", [4, 1, 0, 0, 0], _EPERM),
    "another filter": ("prctl", [22, 2, 0, 0, 0], _EPERM),
    "its limits set": ("prlimit64", [0, 9, 1 << 12, 0], _EPERM),
    "its limits set, high": ("prlimit64", [0, 9, 1 << 32, 0], _EPERM),
    "its limits read": ("prlimit64", [0, 9, 0, 0], 0),
    "a signal to the server": ("tgkill", [1, 1, 9], _EPERM),
    "a signal to all": ("tgkill", [-1, 1, 9], _EPERM),
}
_CALL = """
    import ctypes

    def probe():
        libc = ctypes.CDLL(None, use_errno=True)
        libc.syscall.restype = ctypes.c_long
        result = libc.syscall(*[ctypes.c_long(value) for value in {values}])
        return float(ctypes.get_errno() if result == -1 else 0)
"""


@pytest.mark.parametrize("what", _ARGUMENTS)
def test_a_call_is_allowed_by_its_arguments(keeper: Keeper, what: str) -> None:
    name, arguments, errno = _ARGUMENTS[what]
    values = [_FILTER[name], *arguments]

    array = _asked(keeper, _CALL.format(values=values)).outputs["probe"].array

    assert array is not None
    assert float(array) == errno
