"""A Dask cluster: the same as here, whatever its workers do; nothing it sends is unpickled."""

import contextlib
import os
import pickle
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from grader.batch import cluster
from grader.batch.cluster import LOCAL, Cluster, check_address, nothing_unpickled
from grader.batch.ledger import read_ledger
from grader.batch.pool import cores
from grader.errors import SandboxError, UsageError
from tests.conftest import BACKPROP, ROOT, RunCli

pytest.importorskip("distributed", exc_type=ImportError)
pytestmark = pytest.mark.cluster

_SECONDS = 240
_WORKS = (
    ROOT / "solutions" / "backprop" / "layers.py",
    BACKPROP / "layers.py",
    ROOT / "tests" / "corpus" / "os-exit" / "layers.py",
    *sorted((ROOT / "solutions" / "backprop" / "mistakes").glob("*.py")),
)
# What a worker says of itself or does that this host's own would not.
_PRELOADS = {
    "weak": """
        from functools import partial
        hand.policy_for = partial(hand.policy_for, without=("filter", "landlock", "root"))
        """,
    "old": """
        hand.versions = lambda: {"grader": "0.0.1", "Python": "3.11", "numpy": "2.0.0"}
        """,
    "returns": """
        hand.work = lambda order: Evil()
        """,
    "raises": """
        class Error(Evil, Exception): pass
        def work(order): raise Error()
        hand.work = work
        """,
    "type": """
        import copyreg
        class Meta(type): pass
        copyreg.pickle(Meta, lambda cls: Evil().__reduce__())
        class Data(bytes, metaclass=Meta): pass
        hand.work = lambda order: Data(b"x")
        """,
    "bytes": """
        hand.work = lambda order: b"no reply"
        """,
}
_PRELOAD = """
import sys
from grader.batch import hand

MARK = {mark!r}
CODE = "import sys; 'batch' in sys.argv and open(%r, 'a').write(str(sys.argv))" % MARK
VALUE = "[exec(%r), ValueError()][1]" % CODE

class Evil:
    def __reduce__(self):
        return eval, (VALUE,)
"""


class Lab:
    """A scheduler and workers on loopback, as processes; a context manager."""

    def __init__(self, folder: Path, environment: Mapping[str, str], tls: Sequence[str]) -> None:
        self.folder = folder
        self.environment = dict(environment)
        self.tls = tls
        self.processes: list[subprocess.Popen[bytes]] = []
        self._told = folder / "scheduler.json"
        host = "tls://127.0.0.1" if tls else "127.0.0.1"
        own = [part.replace("NAME", "scheduler") for part in tls]
        self._start("scheduler", "--host", host, "--port", "0", *own)
        wait_for(self._told.exists)
        (address,) = self._addresses()
        self.address = address

    def _addresses(self) -> list[str]:
        text = self._told.read_text(encoding="utf-8")
        return [part for part in text.split('"') if part.startswith(("tcp://", "tls://"))][:1]

    def worker(self, preload: str | None = None) -> subprocess.Popen[bytes]:
        """Start a worker, with what it says or does otherwise."""
        number = len(self.processes)
        more = [part.replace("NAME", "worker") for part in self.tls]
        if preload is not None:
            path = self.folder / f"preload_{number}.py"
            code = _PRELOAD.format(mark=str(self.folder / "mark"))
            path.write_text(code + textwrap.dedent(_PRELOADS[preload]), encoding="utf-8")
            more += ["--preload", str(path)]
        local = self.folder / f"worker-{number}"
        log = self._start(
            "worker", "--nthreads", "1", "--no-nanny", "--local-directory", str(local), *more
        )
        wait_for(lambda: b"Registered to" in log.read_bytes())
        return self.processes[-1]

    def _start(self, role: str, *arguments: str) -> Path:
        log = self.folder / f"log-{len(self.processes)}"
        command = [sys.executable, "-m", "dask", role, "--scheduler-file", str(self._told)]
        with log.open("wb") as file:
            self.processes.append(
                subprocess.Popen(
                    [*command, "--no-dashboard", *arguments],
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=file,
                )
            )
        return log

    def close(self) -> None:
        """End them all, whatever they are doing."""
        for process in reversed(self.processes):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()


def wait_for(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def lab(tmp_path: Path, cli_environment: Mapping[str, str]) -> Iterator[Lab]:
    folder = tmp_path / "lab"
    folder.mkdir()
    made = Lab(folder, cli_environment, ())
    yield made
    made.close()


def course(folder: Path, students: int) -> Path:
    """Return a class of so many, no two of whom handed in the same bytes."""
    folder.mkdir()
    for number in range(students):
        source = _WORKS[number % len(_WORKS)].read_bytes()
        (folder / f"student-{number:03}.py").write_bytes(source + b"\n# %d\n" % number)
    return folder


def results(run_cli: RunCli, out: Path) -> dict[str, bytes]:
    """Return all that a batch wrote, and its ledger's canonical dump."""
    done = run_cli("export", "json", out, "--to", out.parent / "dump.json")
    assert done.returncode == 0, done.stderr
    written = {
        str(path.relative_to(out)): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and not path.name.startswith("ledger")
    }
    return written | {"dump": (out.parent / "dump.json").read_bytes()}


def batch(run_cli: RunCli, folder: Path, out: Path, *more: str) -> dict[str, bytes]:
    """Grade a class; return all that was written."""
    done = run_cli("batch", "-a", BACKPROP, folder, "-o", out, *more, seconds=_SECONDS)
    assert (done.returncode, "not graded" in done.stderr) == (0, False), done.stderr
    return results(run_cli, out)


def descendants(pid: int) -> set[int]:
    found: set[int] = set()
    queue = [pid]
    while queue:
        with contextlib.suppress(OSError):
            for tasks in Path(f"/proc/{queue.pop()}/task").iterdir():
                queue += map(int, (tasks / "children").read_text(encoding="ascii").split())
        found |= set(queue)
    return found


# --- the same as here -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def here(
    run_cli: RunCli, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, bytes]]:
    """Return a class of 50, and what this machine makes of it."""
    folder = tmp_path_factory.mktemp("here")
    students = course(folder / "class", 50)
    return students, batch(run_cli, students, folder / "out")


def test_a_cluster_gives_what_this_machine_gives(
    lab: Lab, run_cli: RunCli, here: tuple[Path, dict[str, bytes]], tmp_path: Path
) -> None:
    students, expected = here
    lab.worker()
    lab.worker()

    assert batch(run_cli, students, tmp_path / "out", "--cluster", lab.address) == expected


def test_a_cluster_is_started_here_and_ended(
    run_cli: RunCli, here: tuple[Path, dict[str, bytes]], tmp_path: Path
) -> None:
    students, expected = here
    out = tmp_path / "out"
    done = run_cli(
        "batch", "-a", BACKPROP, students, "-o", out, "--cluster", "local", seconds=_SECONDS
    )
    again = run_cli(
        "batch", "-a", BACKPROP, students, "-o", out, "--cluster", "local", seconds=_SECONDS
    )

    assert (done.returncode, again.returncode) == (0, 0), done.stderr
    assert "50 of them were graded before" in again.stdout
    assert results(run_cli, out) == expected


def test_one_worker_killed_and_one_stopped_change_nothing(
    lab: Lab, run_cli: RunCli, here: tuple[Path, dict[str, bytes]], tmp_path: Path
) -> None:
    students, expected = here

    assert disturbed(lab, run_cli, students, tmp_path / "out", after=4)[0] == expected


def disturbed(
    lab: Lab, run_cli: RunCli, students: Path, out: Path, after: int
) -> tuple[dict[str, bytes], float]:
    """Grade a class; when some results are had, kill one of three workers and stop another.

    Return what was written, and the seconds it took.
    """
    killed, stopped, _ = lab.worker(), lab.worker(), lab.worker()
    command = [sys.executable, "-m", "grader", "batch", "-a", str(BACKPROP), str(students)]
    start = time.monotonic()
    running = subprocess.Popen(
        [*command, "-o", str(out), "--cluster", lab.address],
        env=lab.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        wait_for(lambda: recorded(out) >= after)
        guests = descendants(killed.pid)
        killed.kill()
        stopped.send_signal(signal.SIGSTOP)
        _, errors = running.communicate(timeout=_SECONDS)
    finally:
        running.kill()
        running.wait()
    took = time.monotonic() - start
    assert running.returncode == 0, errors
    assert guests
    wait_for(lambda: not any(Path(f"/proc/{guest}").exists() for guest in guests))
    return results(run_cli, out), took


def recorded(out: Path) -> int:
    if not (out / "ledger.sqlite").exists():
        return 0
    return sum(line.result is not None for line in read_ledger(out))


@pytest.mark.slow
def test_500_submissions_on_three_workers_disturbed_or_not(
    lab: Lab, run_cli: RunCli, tmp_path: Path
) -> None:
    students = course(tmp_path / "class", 500)
    expected = batch(run_cli, students, tmp_path / "here")
    for _ in range(3):
        lab.worker()
    start = time.monotonic()
    assert batch(run_cli, students, tmp_path / "there", "--cluster", lab.address) == expected
    undisturbed = time.monotonic() - start
    for process in lab.processes[1:]:
        process.kill()

    found, took = disturbed(lab, run_cli, students, tmp_path / "disturbed", after=150)

    assert found == expected
    print(f"undisturbed {undisturbed:.1f} s, disturbed {took:.1f} s")
    assert took < 3 * undisturbed


@pytest.mark.slow
def test_two_workers_grade_as_fast_as_two_here(lab: Lab, run_cli: RunCli, tmp_path: Path) -> None:
    students = course(tmp_path / "class", 400)
    for _ in range(cores()):
        lab.worker()
    took: list[float] = []
    for out, more in (("here", ()), ("there", ("--cluster", lab.address))):
        start = time.monotonic()
        batch(run_cli, students, tmp_path / out, *more)
        took.append(time.monotonic() - start)

    print(f"here {took[0]:.1f} s, on the cluster {took[1]:.1f} s")
    assert took[0] / took[1] >= 0.85


# --- workers that must not be used ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("preload", "why"),
    [
        ("weak", "isolates student code only in the tier 'weak'"),
        ("old", "it has grader 0.0.1"),
        ("returns", "it answered with what are no bytes"),
        ("raises", "it could not run a task"),
        ("type", "it answered with what is no answer"),
        ("bytes", "it answered with what is no answer"),
    ],
)
def test_a_worker_that_must_not_be_used_is_told_and_nothing_it_sends_is_run(
    preload: str, why: str, lab: Lab, run_cli: RunCli, tmp_path: Path
) -> None:
    students, out = course(tmp_path / "class", 4), tmp_path / "out"
    lab.worker(preload)
    alone = run_cli("batch", "-a", BACKPROP, students, "-o", out, "--cluster", lab.address)
    lab.worker()

    beside = run_cli("batch", "-a", BACKPROP, students, "-o", out, "--cluster", lab.address)

    assert alone.returncode == 4, alone.stderr
    assert why in alone.stderr
    assert "tcp://127.0.0.1:" in alone.stderr
    assert beside.returncode == 0, beside.stderr
    assert not (lab.folder / "mark").exists()


def test_no_pickle_may_name_anything_while_a_cluster_is_used() -> None:
    told = [pickle.dumps(one) for one in (os.getcwd, Path(), ValueError("x"))]
    plain = pickle.dumps({"numbers": [1, 2.5], "bytes": b"x"})
    with nothing_unpickled():
        for one in told:
            with pytest.raises(TypeError, match="nothing that a cluster sends is unpickled"):
                pickle.loads(one)
        assert pickle.loads(plain) == {"numbers": [1, 2.5], "bytes": b"x"}

    assert pickle.loads(told[0]) is os.getcwd


# --- the way there --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["tcp://192.0.2.1:8786", "tcp://scheduler:8786", "tcp://0.0.0.0:8786"]
)
def test_cases_do_not_travel_in_the_clear(address: str) -> None:
    with pytest.raises(UsageError, match="in the clear") as error:
        check_address(address)

    assert address.replace("tcp", "tls") in error.value.hint


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:8786", "tcp://[::1]:1", "tls://a.example:1"])
def test_loopback_and_tls_will_do(address: str) -> None:
    check_address(address)


@pytest.mark.parametrize(
    "address", ["", "8786", "scheduler:8786", "tcp://127.0.0.1", "ws://127.0.0.1:1", "tcp://[:1"]
)
def test_what_is_no_address_is_the_callers_error(address: str) -> None:
    with pytest.raises(UsageError, match="no address of a scheduler"):
        check_address(address)


def test_a_scheduler_that_is_not_there_is_told(run_cli: RunCli, tmp_path: Path) -> None:
    students = course(tmp_path / "class", 1)

    done = run_cli(
        "batch", "-a", BACKPROP, students, "-o", tmp_path / "out",
        "--cluster", "tcp://127.0.0.1:9", env={"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s"},
    )  # fmt: skip

    assert done.returncode == 2
    assert "cannot be reached" in done.stderr


def test_without_dask_the_extra_is_named(run_cli: RunCli, tmp_path: Path) -> None:
    students, shadow = course(tmp_path / "class", 1), tmp_path / "shadow"
    shadow.mkdir()
    (shadow / "distributed.py").write_text("raise ImportError('no module named distributed')")
    path = os.pathsep.join([str(shadow), str(ROOT)])

    done = run_cli(
        "batch", "-a", BACKPROP, students, "-o", tmp_path / "out", "--cluster", "local",
        env={"PYTHONPATH": path},
    )  # fmt: skip

    assert done.returncode == 2
    assert "pip install 'ndgrader[cluster]'" in done.stderr


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make certificates")
def test_a_scheduler_by_tls(
    cli_environment: Mapping[str, str], run_cli: RunCli, tmp_path: Path
) -> None:
    certificate, private = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", str(private), "-out", str(certificate),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )  # fmt: skip
    folder = tmp_path / "lab"
    folder.mkdir()
    tls = "--tls-ca-file", str(certificate), "--tls-cert", str(certificate), "--tls-key"
    made = Lab(folder, cli_environment, (*tls, str(private)))
    told = {
        "DASK_DISTRIBUTED__COMM__TLS__CA_FILE": str(certificate),
        "DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT": str(certificate),
        "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY": str(private),
    }
    students = course(tmp_path / "class", 3)
    arguments = ("batch", "-a", BACKPROP, students, "-o", tmp_path / "out")
    try:
        made.worker()
        without = run_cli(*arguments, "--cluster", made.address, seconds=90)
        graded = run_cli(*arguments, "--cluster", made.address, env=told, seconds=90)
    finally:
        made.close()

    assert made.address.startswith("tls://")
    assert (without.returncode, graded.returncode) == (2, 0), graded.stderr
    assert "DASK_DISTRIBUTED__COMM__TLS__CA_FILE" in without.stderr


def test_a_cluster_here_that_takes_too_long_to_start_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster, "_START_SECONDS", 0.01)

    with pytest.raises(SandboxError, match="no cluster could be started here"), Cluster(LOCAL):
        pass
