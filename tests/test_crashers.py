"""What ends Python or overreaches: CPython's own crashers, and what codejail holds its jail to.

The crashers ship with the interpreter, in Lib/test/crashers: known ways to crash or to hang it. The
second list follows the behaviours that codejail's tests ask for (github.com/openedx/codejail), in
our own words. After each of them the same keeper serves the next submission.
"""

import contextlib
import socket
import sysconfig
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.model import Ending, Limits, Outcome, Submission
from grader.program import Vocabulary
from grader.sandbox import session
from grader.sandbox.host import keeper_for
from grader.sandbox.keeper import Keeper
from grader.sandbox.paths import policy_for
from grader.sandbox.probe import LAYERS
from tests.builders import case, program, submission

_FOLDER = Path(sysconfig.get_path("stdlib")) / "test" / "crashers"
CRASHERS = sorted(path.name for path in _FOLDER.glob("*.py"))
_ABSENT = "not shipped"  # a distribution may leave Python's own tests out

_LIMITS = Limits(
    load_cpu=0.4, load_wall=5.0, case_cpu=0.3, case_wall=0.8, memory=512 << 20, output=1 << 16
)
# Of what is right, nothing depends on how busy this machine is.
_PATIENT = Limits(load_cpu=10.0, load_wall=30.0, case_cpu=10.0, case_wall=30.0)
_PROBE = Vocabulary(classes=(), functions=("probe",), watched=())
_RIGHT = b"import numpy as np\ndef probe():\n    return float(np.arange(4).sum())\n"


@pytest.fixture(scope="module")
def keeper() -> Iterator[Keeper]:
    with keeper_for(policy_for(_LIMITS)) as keeper:
        yield keeper


def ran(keeper: Keeper, file: Submission, limits: Limits = _LIMITS) -> Outcome:
    """Call `probe()` of a submission."""
    text = program("found = probe()\nfound", vocabulary=_PROBE)
    one = case({"probe": 0.0}, program=text)
    (outcome,) = session.run(keeper, file, [one], limits).outcomes
    return outcome


def answer(outcome: Outcome) -> float | None:
    value = outcome.outputs.get("probe")
    return None if value is None or value.array is None else float(value.array)


def check_goes_on(keeper: Keeper) -> None:
    """Check that the next submission is answered as if nothing had been."""
    outcome = ran(keeper, submission(_RIGHT), _PATIENT)

    assert (outcome.ending, answer(outcome), outcome.text) == (Ending.ANSWERED, 6.0, "")


# --- what crashes Python --------------------------------------------------------------------------

_AT_LOAD = """
SOURCE = {source!r}

def crash():
    exec(compile(SOURCE, "crasher.py", "exec"), {{"__name__": "__main__"}})

class Layer:
    crash()

def probe():
    return 1.0
"""
_IN_A_CASE = _AT_LOAD.replace("    crash()\n", "    pass\n").replace(
    "    return 1.0\n", "    crash()\n    return 1.0\n"
)


@pytest.mark.parametrize("wrapped", [_AT_LOAD, _IN_A_CASE], ids=["at load", "in a case"])
@pytest.mark.parametrize("name", CRASHERS or [_ABSENT])
def test_a_crasher_of_pythons_own_ends_its_child_at_most(
    keeper: Keeper, name: str, wrapped: str
) -> None:
    if name == _ABSENT:
        pytest.skip(f"this Python ships no crashers: there is no {_FOLDER}")
    source = wrapped.format(source=(_FOLDER / name).read_text(encoding="utf-8"))

    outcome = ran(keeper, submission(source.encode()))

    assert outcome.ending is not Ending.NOT_RUN
    assert outcome.ending is Ending.ANSWERED or outcome.reason or outcome.problem
    check_goes_on(keeper)


# --- what overreaches -----------------------------------------------------------------------------

_TIME, _MEMORY = {Ending.TIMED_OUT}, {Ending.OUT_OF_MEMORY}
_EITHER = _TIME | _MEMORY
# It returns false, or raises: whichever, it is the student's own doing.
_STOPPED = {Ending.ANSWERED, Ending.RAISED}

# Each is the body of `probe`, which returns whether it got what it was after.
OVERREACHES: dict[str, tuple[str, set[Ending]]] = {
    # CPU
    "loops": ("while True: pass", _TIME),
    "loops in C": ("return sum(range(10**13))", _TIME),
    "loops in NumPy": ("while True: np.linalg.svd(np.ones((300, 300)))", _TIME),
    "loops past every signal": (
        """
for number in range(1, 32):
    try:
        signal.signal(number, signal.SIG_IGN)
    except OSError:
        pass
while True: pass
""",
        _TIME,
    ),
    "loops past every exception": (
        """
while True:
    try:
        while True: pass
    except BaseException: pass
""",
        _TIME,
    ),
    "loops in threads": (
        """
def loop():
    while True: pass
for _ in range(4):
    threading.Thread(target=loop, daemon=True).start()
loop()
""",
        _TIME,
    ),
    "gives itself more CPU": (
        "resource.setrlimit(resource.RLIMIT_CPU, (-1, -1))\nreturn True",
        _STOPPED,
    ),
    # real time
    "sleeps": ("time.sleep(3600)", _TIME),
    "waits for itself": ("lock = threading.Lock()\nlock.acquire()\nlock.acquire()", _TIME),
    "waits for what never comes": ("r, w = os.pipe()\nreturn os.read(r, 1) == b''", _TIME),
    "sets an alarm clock": ("signal.setitimer(signal.ITIMER_REAL, 0.1)\nreturn True", _STOPPED),
    # memory
    "takes 4 GB": ("return len(bytearray(4 << 30)) > 0", _MEMORY),
    "takes 4 GB by NumPy": ("return np.ones(1 << 29).size > 0", _MEMORY),
    "takes more and more": ("x = [0]\nwhile True: x += x", _EITHER),
    "takes more and more, and swallows what that raises": (
        """
x = [bytes(1000)]
while True:
    try: x.append(bytes(1 << 20))
    except MemoryError: pass
""",
        _EITHER,
    ),
    "computes a number without end": ("return 10 ** 10 ** 10 > 0", _EITHER),
    "gives itself more memory": (
        "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))\nreturn len(bytearray(1 << 30)) > 0",
        _STOPPED | _MEMORY,
    ),
    "keeps memory outside of itself": (
        "os.memfd_create('x')\nreturn True",
        _STOPPED,
    ),
    "starts threads without end": (
        "while True: threading.Thread(target=time.sleep, args=(99,), daemon=True).start()",
        _STOPPED | _EITHER,
    ),
    # files
    "reads passwords": ("return bool(open('/etc/passwd').read())", _STOPPED),
    "reads another's submission": ("return bool(open({secret!r}).read())", _STOPPED),
    "reads it upwards": ("return bool(open('../../../..' + {secret!r}).read())", _STOPPED),
    "reads it through /proc": (
        "return bool(open('/proc/self/root' + {secret!r}).read())",
        _STOPPED,
    ),
    "reads it by way of the grader": (
        "return bool(open('/proc/%d/root' % os.getppid() + {secret!r}).read())",
        _STOPPED,
    ),
    "lists the others' submissions": ("return bool(os.listdir({folder!r}))", _STOPPED),
    "lists the root": ("return 'etc' in os.listdir('/')", _STOPPED),
    "walks through everything": (
        "return any({name!r} in files for _, _, files in os.walk('/'))",
        _STOPPED,
    ),
    "reads a device": ("return bool(open('/dev/zero', 'rb').read(1))", _STOPPED),
    "waits for a slow device": ("return bool(open('/dev/random', 'rb').read(1 << 20))", _STOPPED),
    "opens the memory of the machine": ("return bool(open('/dev/mem', 'rb').read(1))", _STOPPED),
    "writes beside itself": ("return open('mine', 'w').write('x') > 0", _STOPPED),
    "writes to the temporary folder": ("return tempfile.TemporaryFile().write(b'x') > 0", _STOPPED),
    "writes to the others' folder": ("return open({mine!r}, 'w').write('x') > 0", _STOPPED),
    "writes to shared memory": (
        "return open('/dev/shm/grader-crasher', 'w').write('x') > 0",
        _STOPPED,
    ),
    "writes to Python's own folder": ("return open(os.__file__, 'a').write('') == 0", _STOPPED),
    "removes another's submission": ("os.unlink({secret!r})\nreturn True", _STOPPED),
    "makes a folder": ("os.mkdir({mine!r})\nreturn True", _STOPPED),
    "changes rights": ("os.chmod({secret!r}, 0o777)\nreturn True", _STOPPED),
    # symbolic and other links
    "links to passwords": (
        "os.symlink('/etc/passwd', 'link')\nreturn bool(open('link').read())",
        _STOPPED,
    ),
    "links to another's submission": ("os.symlink({secret!r}, {mine!r})\nreturn True", _STOPPED),
    "links in the temporary folder": (
        "os.symlink('/etc', '/tmp/grader-crasher')\nreturn True",
        _STOPPED,
    ),
    "gives another's submission a name": ("os.link({secret!r}, {mine!r})\nreturn True", _STOPPED),
    "follows the server's program": (
        "return bool(os.readlink('/proc/%d/exe' % os.getppid()))",
        _STOPPED,
    ),
    "follows the server's files": (
        "return bool(os.listdir('/proc/%d/fd' % os.getppid()))",
        _STOPPED,
    ),
    # network
    "connects to this host": (
        "socket.create_connection(('127.0.0.1', {port}), timeout=1)\nreturn True",
        _STOPPED,
    ),
    "sends a datagram": (
        """
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
return one.sendto(b"x", ("127.0.0.1", {port})) > 0
""",
        _STOPPED,
    ),
    "fetches a page": (
        "return bool(urllib.request.urlopen('http://127.0.0.1:{port}/', timeout=1).read())",
        _STOPPED,
    ),
    "asks for a name": ("return bool(socket.getaddrinfo('example.org', 80))", _STOPPED),
    "listens": ("socket.create_server(('127.0.0.1', 0))\nreturn True", _STOPPED),
    "talks to a local service": (
        "socket.socket(socket.AF_UNIX).connect('\\0grader')\nreturn True",
        _STOPPED,
    ),
    # the environment
    "reads the key from its environment": ("return 'GRADER_KEY' in os.environ", _STOPPED),
    "reads the key from its environment in C": (
        """
libc = ctypes.CDLL(None)
libc.getenv.restype = ctypes.c_char_p
return libc.getenv(b"GRADER_KEY") is not None
""",
        _STOPPED,
    ),
    "reads the key from another's": (
        "return b'GRADER_KEY' in open('/proc/%d/environ' % os.getppid(), 'rb').read()",
        _STOPPED,
    ),
    "reads its own as it was": ("return bool(open('/proc/self/environ', 'rb').read())", _STOPPED),
    "reads what started it": (
        "return bool(open('/proc/%d/cmdline' % os.getppid(), 'rb').read())",
        _STOPPED,
    ),
    # processes
    "forks": ("return os.fork() >= 0", _STOPPED),
    "forks without end": (
        "while True:\n    try: os.fork()\n    except OSError: pass",
        _TIME,
    ),
    "forks a terminal": ("return os.forkpty()[0] >= 0", _STOPPED),
    "runs a shell": ("return os.system('true') == 0", _STOPPED),
    "runs a program": ("return subprocess.run(['/bin/true']).returncode == 0", _STOPPED),
    "runs Python": ("return subprocess.run([sys.executable, '-c', '']).returncode == 0", _STOPPED),
    "spawns a program": ("return os.posix_spawn('/bin/true', ['true'], {{}}) > 0", _STOPPED),
    "becomes a program": ("os.execv('/bin/true', ['true'])", _STOPPED),
    "makes workers": (
        "import multiprocessing\nreturn multiprocessing.Pool(1).map(abs, [-1]) == [1]",
        _STOPPED,
    ),
    "leaves its session": ("return os.setsid() > 0", _STOPPED),
    "stops the server": ("os.kill(os.getppid(), signal.SIGKILL)\nreturn True", _STOPPED),
    "stops everybody": ("os.kill(-1, signal.SIGKILL)\nreturn True", _STOPPED),
    "stops its group": ("os.killpg(0, signal.SIGKILL)\nreturn True", _STOPPED),
    "looks for processes": (
        "return any(entry.isdigit() for entry in os.listdir('/proc'))",
        _STOPPED,
    ),
    "becomes root": ("os.setuid(0)\nreturn os.getuid() == 0 and os.fork() >= 0", _STOPPED),
    # what goes in and out
    "waits for a keyboard": ("return bool(input())", _STOPPED),
    "prints without end": ("while True: print('x' * 1000)", {Ending.FLOODED}),
    "closes everything": ("os.closerange(0, 99)\nreturn True", {Ending.CRASHED}),
}
_IMPORTS = """
import ctypes, os, resource, signal, socket, subprocess, sys, tempfile, threading, time
import urllib.request
import numpy as np

def attempt():
"""
# What says that the attempt was not even made.
_SLIPS = ("AttributeError", "ImportError", "NameError", "SyntaxError", "TypeError")
_PROBE_SOURCE = "\ndef probe():\n    return 1.0 if attempt() else 0.0\n"


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a submission of somebody else's, which this process itself can read."""
    path = tmp_path_factory.mktemp("others") / "another's submission.py"
    path.write_text("the right answer", encoding="utf-8")
    return path


class Host:
    """A host on the loopback that counts who comes, by stream and by datagram."""

    def __init__(self) -> None:
        self.stream = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.stream.getsockname()[1]
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.bind(("127.0.0.1", self.port))
        for one in (self.stream, self.datagrams):
            one.settimeout(0)

    def visitors(self) -> int:
        count = 0
        with contextlib.suppress(BlockingIOError):
            self.stream.accept()[0].close()
            count += 1
        with contextlib.suppress(BlockingIOError):
            self.datagrams.recv(1)
            count += 1
        return count

    def close(self) -> None:
        self.stream.close()
        self.datagrams.close()


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    host = Host()
    yield host
    host.close()


@pytest.fixture(scope="module")
def bare_keeper() -> Iterator[Keeper]:
    """Return a keeper without any wall: for what does no harm."""
    with keeper_for(policy_for(_PATIENT, without=LAYERS)) as keeper:
        yield keeper


def _overreach(name: str, secret: Path, host: Host) -> Submission:
    body = OVERREACHES[name][0].format(
        secret=str(secret),
        folder=str(secret.parent),
        name=secret.name,
        mine=str(secret.parent / "mine"),
        port=host.port,
    )
    return submission((_IMPORTS + textwrap.indent(body, "    ") + _PROBE_SOURCE).encode())


@pytest.fixture(scope="module")
def keyed_keeper() -> Iterator[Keeper]:
    """Return a keeper that was started by a process with a key in its environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_KEY", "a secret that must not be handed down")
        with keeper_for(policy_for(_LIMITS)) as keeper:
            yield keeper


@pytest.mark.parametrize("name", OVERREACHES)
def test_who_overreaches_gets_nothing(
    keyed_keeper: Keeper, secret: Path, host: Host, name: str
) -> None:
    beside = {path.name for path in secret.parent.iterdir()}

    outcome = ran(keyed_keeper, _overreach(name, secret, host))

    assert outcome.ending in OVERREACHES[name][1], (outcome.reason, outcome.problem)
    assert answer(outcome) in (None, 0.0)
    assert outcome.problem is None or outcome.problem.type not in _SLIPS
    assert secret.read_text(encoding="utf-8") == "the right answer"
    assert {path.name for path in secret.parent.iterdir()} == beside
    assert not Path("/dev/shm/grader-crasher").exists()
    assert not Path("/tmp/grader-crasher").is_symlink()
    assert host.visitors() == 0
    check_goes_on(keyed_keeper)


@pytest.mark.parametrize(
    "name",
    [
        "connects to this host",
        "lists the root",
        "looks for processes",
        "reads a device",
        "reads another's submission",
        "reads it upwards",
        "reads passwords",
        "runs a shell",
    ],
)
def test_without_a_wall_the_harmless_ones_get_through(
    bare_keeper: Keeper, secret: Path, host: Host, name: str
) -> None:
    """They are attempts in earnest: it is the wall that stops them."""
    outcome = ran(bare_keeper, _overreach(name, secret, host), _PATIENT)

    assert answer(outcome) == 1.0, (outcome.reason, outcome.problem)
    assert host.visitors() == (name == "connects to this host")
