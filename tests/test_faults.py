"""Faults of the machine and of the grader: retried, told, never a mark. Nothing stays behind."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Self

import msgspec
import pytest

from grader.assignment.casebook import all_cases
from grader.assignment.key import Key
from grader.assignment.manifest import load_assignment
from grader.grade import Grader
from grader.model import (
    Assignment,
    Case,
    Circumstances,
    Ending,
    Explained,
    Extracted,
    Graded,
    Isolation,
    Limits,
    Outcome,
    Scorecard,
    State,
)
from grader.program import Vocabulary
from grader.sandbox import framing, session, wire
from grader.sandbox.exchange import Allowance
from grader.sandbox.forking import ForkServer
from grader.sandbox.host import keeper_for
from grader.sandbox.keeper import Keeper
from grader.sandbox.paths import policy_for
from grader.sandbox.question import question_of, request_of
from tests.builders import case, program, scorecard, scored_case, submission, write_assignment
from tests.conftest import BACKPROP, ROOT, RunCli

_LIMITS = Limits(load_cpu=5.0, load_wall=30.0, case_cpu=5.0, case_wall=30.0)
_GUARD_SECONDS = 20.0
_VANISH_SECONDS = 5.0
_REFERENCE = ROOT / "solutions" / "backprop" / "layers.py"


# --- processes, by /proc --------------------------------------------------------------------------


class Process(NamedTuple):
    """A process; its start tells it from a later one of the same number."""

    pid: int
    start: int


class _Row(NamedTuple):
    process: Process
    parent: int
    has_ended: bool
    megabytes: int


def _rows() -> Iterator[_Row]:
    pages = os.sysconf("SC_PAGE_SIZE")
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            process = Process(int(folder.name), int(fields[19]))
            has_ended = fields[0] in "ZX"
            yield _Row(process, int(fields[1]), has_ended, int(fields[21]) * pages >> 20)


def descendants(pid: int) -> list[_Row]:
    """Return the living processes below one, parents first."""
    rows = [row for row in _rows() if not row.has_ended]
    found: list[_Row] = []
    wanted = {pid}
    while new := [row for row in rows if row.parent in wanted and row not in found]:
        found += new
        wanted |= {row.process.pid for row in new}
    return found


def living(processes: Sequence[Process]) -> list[Process]:
    now = {row.process for row in _rows() if not row.has_ended}
    return [process for process in processes if process in now]


def wait_for(what: Callable[[], bool], seconds: float = _GUARD_SECONDS) -> bool:
    """Wait until something is so; tell whether it came to be."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


# --- submissions that show from outside how far they are ------------------------------------------

# A process that is in the case in question shows by its size, which anybody can read.
_BALLAST = 160
_PROBE = Vocabulary(classes=(), functions=("probe",), watched=())
_SLOW = """
    import time
    import numpy as np

    def heavy(seconds):
        ballast = np.ones({megabytes} * 131072)
        time.sleep(seconds)
        return ballast[0]

    def probe(x):
        print("asked", x)
        return heavy({seconds}) * x if x == {slow} else x
"""
_SLOW_TO_LOAD = _SLOW + "\n    class Layer:\n        heavy({seconds})\n"


def _source(slow: float, seconds: float = 0.7, text: str = _SLOW) -> bytes:
    filled = text.format(megabytes=_BALLAST, seconds=seconds, slow=slow)
    return textwrap.dedent(filled).encode()


def _cases(count: int) -> list[Case]:
    """Return cases that give a number each, and want it back."""
    return [
        case(
            {"probe": float(number)},
            id=f"case-{number}",
            program=program("found = probe(n)\nfound", vocabulary=_PROBE),
            given={"n": float(number)},
        )
        for number in range(count)
    ]


def launcher_of(keeper: Keeper) -> int:
    """Return the process that was started: the server itself, or the one that waits for it."""
    assert isinstance(keeper, ForkServer)
    return keeper._process.pid  # noqa: SLF001 - it is there for nobody else


def server_of(keeper: Keeper) -> int:
    """Return the process that serves: number 1 of its namespace, where it has one."""
    first = launcher_of(keeper)
    below = [row.process.pid for row in descendants(first) if row.parent == first]
    return first if "namespaces" in keeper.hello.left_out else below[0]


def processes_of(keeper: Keeper) -> list[Process]:
    """Return all processes that a keeper has started, itself or not."""
    first = launcher_of(keeper)
    own = [row.process for row in _rows() if row.process.pid == first]
    return own + [row.process for row in descendants(first)]


def heavy_below(pid: int) -> set[Process]:
    """Return the children that are where a submission is slow."""
    return {row.process for row in descendants(pid) if row.megabytes >= _BALLAST}


Find = Callable[[Keeper], int]


class Killer:
    """Kills a keeper's server, from a thread, each time that a child of it gets heavy."""

    def __init__(self, keeper: Keeper, times: int, find: Find = server_of) -> None:
        self.keeper = keeper
        self.times = times
        self.find = find
        self.killed = 0
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        seen: set[Process] = set()

        def is_in_case() -> bool:
            return bool(heavy_below(launcher_of(self.keeper)) - seen)

        while self.killed < self.times and wait_for(is_in_case):
            seen.update(heavy_below(launcher_of(self.keeper)))
            os.kill(self.find(self.keeper), signal.SIGKILL)
            self.killed += 1

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.thread.join()


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    with keeper_for(policy_for(_LIMITS)) as keeper:
        _ = keeper.hello
        yield keeper


def _ran(keeper: Keeper, source: bytes, count: int = 3) -> tuple[Outcome, ...]:
    return session.run(keeper, submission(source), _cases(count), _LIMITS).outcomes


def _told(outcomes: Sequence[Outcome]) -> list[tuple[str, Ending, float | None]]:
    """Return what does not depend on the run: case, ending and value."""
    arrays = [one.outputs["probe"].array if one.outputs else None for one in outcomes]
    return [
        (one.case, one.ending, None if array is None else float(array))
        for one, array in zip(outcomes, arrays, strict=True)
    ]


_UNDISTURBED = [(f"case-{number}", Ending.ANSWERED, float(number)) for number in range(3)]


# --- a server that dies ---------------------------------------------------------------------------


def test_undisturbed_every_case_is_answered(keeper: Keeper) -> None:
    assert _told(_ran(keeper, _source(slow=1, seconds=0.0))) == _UNDISTURBED


@pytest.mark.parametrize("find", [launcher_of, server_of])
def test_a_server_that_dies_before_a_submission_is_replaced(keeper: Keeper, find: Find) -> None:
    os.kill(find(keeper), signal.SIGKILL)

    assert _told(_ran(keeper, _source(slow=1, seconds=0.0))) == _UNDISTURBED


@pytest.mark.parametrize("find", [launcher_of, server_of])
@pytest.mark.parametrize("slow", [0, 1, 2])
def test_a_case_in_which_the_server_dies_is_run_again(
    keeper: Keeper, slow: float, find: Find
) -> None:
    with Killer(keeper, 1, find) as killer:
        outcomes = _ran(keeper, _source(slow))

    assert killer.killed == 1
    assert _told(outcomes) == _UNDISTURBED


def test_a_submission_that_was_loading_when_the_server_died_is_loaded_again(keeper: Keeper) -> None:
    with Killer(keeper, 1) as killer:
        ran = session.run(
            keeper, submission(_source(slow=-1, text=_SLOW_TO_LOAD)), _cases(3), _LIMITS
        )

    assert killer.killed == 1
    assert _told(ran.outcomes) == _UNDISTURBED
    assert [one.name for one in ran.extracted.found] == ["heavy", "probe", "Layer"]


@pytest.mark.parametrize("find", [launcher_of, server_of])
def test_a_server_that_dies_after_a_submission_costs_nothing(keeper: Keeper, find: Find) -> None:
    first = _ran(keeper, _source(slow=1, seconds=0.0))
    os.kill(find(keeper), signal.SIGKILL)
    second = _ran(keeper, _source(slow=1, seconds=0.0))

    assert _told(first) == _told(second) == _UNDISTURBED


def test_a_server_that_hangs_is_replaced_and_ended(keeper: Keeper) -> None:
    assert isinstance(keeper, ForkServer)
    keeper._control.settimeout(0.5)  # noqa: SLF001 - for half a minute otherwise
    hanging = processes_of(keeper)
    os.kill(server_of(keeper), signal.SIGSTOP)

    assert _told(_ran(keeper, _source(slow=1, seconds=0.0))) == _UNDISTURBED
    assert wait_for(lambda: not living(hanging), _VANISH_SECONDS)


@pytest.mark.parametrize("slow", [0, 1, 2])
def test_a_server_that_dies_twice_leaves_the_rest_not_run(keeper: Keeper, slow: int) -> None:
    with Killer(keeper, 2) as killer:
        outcomes = _ran(keeper, _source(slow))

    assert killer.killed == 2
    assert _told(outcomes)[:slow] == _UNDISTURBED[:slow]
    assert {one.ending for one in outcomes[slow:]} == {Ending.NOT_RUN}
    assert all("lost" in str(one.reason) for one in outcomes[slow:])
    assert [one.case for one in outcomes] == [name for name, _, _ in _UNDISTURBED]


def test_after_two_deaths_the_next_submission_is_served(keeper: Keeper) -> None:
    with Killer(keeper, 2):
        _ran(keeper, _source(slow=0))

    assert _told(_ran(keeper, _source(slow=1, seconds=0.0))) == _UNDISTURBED


def test_a_submission_that_crashes_does_not_use_up_the_second_try(keeper: Keeper) -> None:
    source = _source(slow=2).replace(b'print("asked", x)', b"x == 1 and __import__('os').abort()")

    with Killer(keeper, 1) as killer:
        outcomes = _ran(keeper, source)

    assert killer.killed == 1
    assert [one.ending for one in outcomes] == [Ending.ANSWERED, Ending.CRASHED, Ending.ANSWERED]


# --- and what a mark makes of it ------------------------------------------------------------------

_MANIFEST = """
schema = "grader/assignment/1"
title = "Twice"
files = ["toy.py"]
classes = ["Toy", "Top"]
writes = ["Toy.double", "Top.halve"]
programs.double = { given = ["x"], steps = '''
toy = Toy()
toy.double(x)
toy.result
''' }
programs.halve = { given = ["x"], steps = '''
top = Top()
top.halve(x)
top.result
''' }

[[exercises]]
id = "double"
title = "Twice as much"
asks = "Double it."
points = 2
outputs = { "Toy.result" = 1 }

[[exercises]]
id = "halve"
title = "Half as much"
asks = "Halve it."
points = 3
outputs = { "Top.result" = 1 }
"""
_CASE = """
[[cases]]
id = "{program}-{id}"
exercise = "{program}"
title = "{id}"
program = "{program}"
{source}
"""
_DRAWS = "def few(rng): return {'x': 5.0}\ndef many(rng): return {'x': 7.0}\n"
_RIGHT = """
import time
import numpy as np

def slow(x):
    if x == {slow}:
        ballast = np.ones({megabytes} * 131072)
        time.sleep(0.7)
    return x

class Toy:
    def double(self, x):
        self.result = 2 * slow(x)

class Top:
    def halve(self, x):
        self.result = slow(x) / 2
"""


def _manifest() -> str:
    sources = {"public": "given = { x = 1.0 }", "few": 'draw = "few"', "many": 'draw = "many"'}
    return _MANIFEST + "".join(
        _CASE.format(program=program, id=name, source=source)
        for program in ("double", "halve")
        for name, source in sources.items()
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an assignment of two exercises: each has a public case and two fresh ones."""
    solution = _RIGHT.format(slow=-1, megabytes=0)
    folder = write_assignment(tmp_path_factory.mktemp("course"), _manifest(), solution=solution)
    (folder / "cases.py").write_text(_DRAWS, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def assignment(folder: Path) -> Assignment:
    return msgspec.structs.replace(load_assignment(folder), limits=_LIMITS)


@pytest.fixture(scope="module")
def toy_cases(assignment: Assignment, key: Key) -> tuple[Case, ...]:
    def author() -> Keeper:
        return keeper_for(policy_for(_LIMITS), serves_author=True)

    return all_cases(assignment, key, author, None)


@pytest.fixture
def grade_toy(
    assignment: Assignment, toy_cases: tuple[Case, ...], keeper: Keeper
) -> Callable[[float], Graded]:
    """Grade the right solution, made slow for one number."""
    where = Circumstances(Isolation("full", ()), "key", {})

    def graded(slow: float) -> Graded:
        source = _RIGHT.format(slow=slow, megabytes=_BALLAST).encode()
        grade_one = Grader(assignment, toy_cases, keeper, where, _unexplained)
        return grade_one(submission(source))

    return graded


def _unexplained() -> Callable[..., Explained]:
    return lambda *_: Explained()


def _states(card: Scorecard) -> dict[str, State]:
    return {case.id: case.state for one in card.exercises for case in one.cases}


def _points(card: Scorecard) -> dict[tuple[str, str], float]:
    return {
        (case.id, output.name): output.points
        for one in card.exercises
        for case in one.cases
        for output in case.outputs
    }


def test_undisturbed_the_toy_earns_everything(grade_toy: Callable[[float], Graded]) -> None:
    graded = grade_toy(-1)

    assert graded.scorecard.points == graded.scorecard.max_points == 5
    assert graded.scorecard.is_complete


# 1 is the public number: nothing is run; 5 and 7 are drawn: the public cases are had before.
@pytest.mark.parametrize("slow", [1, 5, 7])
def test_what_was_not_run_earns_nothing_and_takes_nothing(
    keeper: Keeper, grade_toy: Callable[[float], Graded], slow: float
) -> None:
    undisturbed = _points(grade_toy(-1).scorecard)

    with Killer(keeper, 2) as killer:
        graded = grade_toy(slow)

    card = graded.scorecard
    states = _states(card)
    lost = [name for name, state in states.items() if state is State.NOT_RUN]
    assert killer.killed == 2
    assert set(states.values()) <= {State.NOT_RUN, State.PASSED}
    assert lost
    assert not graded.scorecard.is_complete
    assert _points(card) == {
        (name, output): 0.0 if name in lost else points
        for (name, output), points in undisturbed.items()
    }
    assert "fault is not yours" in msgspec.json.encode(card).decode()


def test_a_fault_that_passed_leaves_no_trace_on_the_scorecard(
    keeper: Keeper, grade_toy: Callable[[float], Graded]
) -> None:
    undisturbed = grade_toy(7)

    with Killer(keeper, 1) as killer:
        disturbed = grade_toy(7)

    assert killer.killed == 1
    assert disturbed.scorecard.is_complete
    assert msgspec.json.encode(disturbed.scorecard) == msgspec.json.encode(undisturbed.scorecard)


@pytest.mark.parametrize("state", State)
def test_only_what_was_not_run_is_incomplete(assignment: Assignment, state: State) -> None:
    graded = Graded(
        assignment=assignment,
        submission=submission(),
        scorecard=(card := scorecard(scored_case(), scored_case(state))),
        shown=card,
        exhibits={},
        explained=Explained(),
        extracted=Extracted(),
        text="",
    )

    assert graded.scorecard.is_complete is (state is not State.NOT_RUN)


def _parent(child: Process) -> int:
    return next(row.parent for row in _rows() if row.process == child)


def test_the_command_line_says_that_something_was_not_graded(
    folder: Path, cli_environment: dict[str, str], tmp_path: Path
) -> None:
    """Its exit code is 4, its scorecard says which cases, and there is no traceback."""
    file = tmp_path / "toy.py"
    file.write_text(_RIGHT.format(slow=7, megabytes=_BALLAST), encoding="utf-8")
    command = [sys.executable, "-m", "grader", "grade", str(file), "-a", str(folder)]
    with subprocess.Popen(
        [*command, "--json", "out.json"],
        cwd=tmp_path,
        env=cli_environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        seen: set[Process] = set()
        while len(seen) < 2 and wait_for(lambda: bool(heavy_below(process.pid) - seen)):
            (child,) = heavy_below(process.pid) - seen
            seen.add(child)
            os.kill(_parent(child), signal.SIGKILL)
        out, err = process.communicate(timeout=_GUARD_SECONDS)
    card = msgspec.json.decode((tmp_path / "out.json").read_bytes(), type=Scorecard)

    assert len(seen) == 2
    assert process.returncode == 4
    assert "Traceback" not in out + err
    assert [name for name, state in _states(card).items() if state is State.NOT_RUN] != []


# --- a disk that is full --------------------------------------------------------------------------

needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")


def _check_told(done: "subprocess.CompletedProcess[str]") -> None:
    """Check that a failure is told as one line and a next step."""
    told = [line for line in done.stderr.splitlines() if not line.startswith("  Next: ")]
    assert len(told) == 1, done.stderr
    assert told[0].startswith("Error: ")
    assert "a bug in grader" not in told[0]
    assert done.returncode in (2, 4)


@needs_full
@pytest.mark.parametrize("option", ["--json", "--report", "--junit"])
def test_a_full_disk_is_one_line(run_cli: RunCli, tmp_path: Path, option: str) -> None:
    done = run_cli("grade", _REFERENCE, "-a", BACKPROP, option, "/dev/full", cwd=tmp_path)

    _check_told(done)
    assert "/dev/full" in done.stderr
    assert "No space left" in done.stderr


@needs_full
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [[], ["--json", "-"]])
def test_a_full_disk_behind_standard_output_is_one_line(
    cli_environment: dict[str, str], tmp_path: Path, arguments: list[str], unbuffered: str
) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "grader", "grade", _REFERENCE, "-a", BACKPROP, *arguments],
            cwd=tmp_path,
            env=cli_environment | {"PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=_GUARD_SECONDS,
        )

    _check_told(done)


# --- what stays behind: nothing -------------------------------------------------------------------

_FORKS = """
    import ctypes
    import os
    import signal
    import threading

    def tried(act):
        try:
            return act() == 0
        except OSError:
            return False

    def probe(x):
        for name in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            signal.signal(name, signal.SIG_IGN)
        acts = [os.fork, os.setsid, lambda: ctypes.CDLL(None).daemon(0, 0)]
        acts += [lambda: os.posix_spawn("/bin/sh", ["sh"], {})]
        threading.Thread(target=signal.pause, daemon=True).start()
        return x + 100.0 * any([tried(act) for act in acts])
"""
_LOOPS = {
    "computes": "def probe(x):\n    while True:\n        pass\n",
    "sleeps": "import time\ndef probe(x):\n    time.sleep(3600)\n",
    "ignores": "import signal\ndef probe(x):\n"
    "    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n    while True:\n        pass\n",
}
_SHARED = ("/dev/shm", "/dev/mqueue", "/mnt", "/media", "/srv")
_WRITABLE = ("/tmp", "/var/tmp", "/dev/shm")


class Left(NamedTuple):
    """What there is of what a keeper could leave behind."""

    descriptors: set[str]
    mounts: list[str]
    entries: set[Path]


def _entries(folders: Sequence[str]) -> Iterator[Path]:
    for folder in map(Path, folders):
        if folder.is_dir():
            yield from folder.iterdir()


def _left() -> Left:
    return Left(
        descriptors={path.name for path in Path("/proc/self/fd").iterdir()},
        mounts=sorted(Path("/proc/self/mountinfo").read_text().splitlines()),
        # Hidden ones are those of browsers.
        entries={path for path in _entries(_SHARED) if not path.name.startswith(".")},
    )


def _user(pid: int) -> int:
    """Return as whom a process acts; of one that cannot be traced, its folder does not say it."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("Uid:")[2].split()[1])


def _owned_by(user: int) -> Iterator[Path]:
    for path in _entries(_WRITABLE):
        with contextlib.suppress(OSError):
            if path.lstat().st_uid == user:
                yield path


def _use(keeper: Keeper, source: str) -> list[Process]:
    """Run a submission; return all processes that there were when it had ended."""
    outcomes = _ran(keeper, textwrap.dedent(source).encode())
    assert [one.ending for one in outcomes] == [Ending.ANSWERED] * 3
    assert [value for _, _, value in _told(outcomes)] == [0.0, 1.0, 2.0]
    with keeper.child():
        return processes_of(keeper)


@pytest.mark.parametrize("without", [(), ("namespaces",)], ids=["full", "strong"])
@pytest.mark.parametrize(
    "source", ["def probe(x):\n    return x\n", _FORKS], ids=["plain", "forks"]
)
def test_a_closed_keeper_leaves_nothing_behind(source: str, without: tuple[str, ...]) -> None:
    before = _left()
    with keeper_for(policy_for(_LIMITS, without=without)) as keeper:
        processes = _use(keeper, source)
        user = _user(server_of(keeper))

    assert len(processes) >= 2
    assert wait_for(lambda: not living(processes), _VANISH_SECONDS)
    after = _left()
    assert after.descriptors == before.descriptors
    assert after.mounts == before.mounts
    assert after.entries <= before.entries
    assert user == os.geteuid() or list(_owned_by(user)) == []


def test_a_session_leaves_no_child_behind(keeper: Keeper) -> None:
    before = processes_of(keeper)

    _ran(keeper, _source(slow=1, seconds=0.0))

    assert wait_for(lambda: living(processes_of(keeper)) == before, _VANISH_SECONDS)


@pytest.mark.parametrize("without", [(), ("namespaces",)], ids=["full", "strong"])
@pytest.mark.parametrize("what", _LOOPS)
def test_a_keeper_closed_in_the_middle_of_a_case_leaves_nothing_behind(
    without: tuple[str, ...], what: str
) -> None:
    with keeper_for(policy_for(_LIMITS, without=without)) as keeper, keeper.child() as child:
        allowance = Allowance(cpu=0.2, wall=0.2, text=1 << 16, reply=1 << 16)
        child.ask(
            framing.LOAD, *wire.load_request([submission(_LOOPS[what].encode()).main]), allowance
        )
        processes = processes_of(keeper)
        ended = child.ask(framing.CASE, *request_of([question_of(_cases(1)[0])]), allowance)

    assert ended.ending is Ending.TIMED_OUT
    assert len(processes) >= 2
    assert wait_for(lambda: not living(processes), _VANISH_SECONDS)


_HELPER = """
import sys
from grader.model import Limits
from grader.sandbox import session
from grader.sandbox.host import keeper_for
from grader.sandbox.keeper import Keeper
from grader.sandbox.paths import policy_for
from tests.builders import submission
from tests.test_faults import _cases

limits = Limits(case_cpu=600.0, case_wall=600.0)
source, without = sys.argv[1].encode(), tuple(sys.argv[2:])
keeper = keeper_for(policy_for(limits, without=without))
print(keeper.hello.versions, flush=True)
session.run(keeper, submission(source), _cases(1), limits)
"""


@pytest.mark.parametrize("without", [(), ("namespaces",)], ids=["full", "strong"])
@pytest.mark.parametrize("what", _LOOPS)
def test_a_grader_that_is_killed_takes_its_guests_along(
    what: str, without: tuple[str, ...]
) -> None:
    ballast = "import numpy as np\n" + _LOOPS[what].replace(
        "def probe(x):\n", f"def probe(x):\n    ballast = np.ones({_BALLAST} * 131072)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", _HELPER, ballast, *without], cwd=ROOT, stdout=subprocess.PIPE
    ) as helper:
        in_case = wait_for(lambda: bool(heavy_below(helper.pid)))
        guests = [row.process for row in descendants(helper.pid)]
        helper.kill()
    have_vanished = wait_for(lambda: not living(guests), _VANISH_SECONDS)
    for process in living(guests):
        os.kill(process.pid, signal.SIGKILL)

    assert in_case
    assert len(guests) >= 2
    assert have_vanished
