"""Large classes: kills, attackers and numbers change nothing of what others get, nor the memory.

The normal run takes a tenth of each volume; the full ones run by `pytest -m slow`.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from grader.batch.ledger import read_ledger
from grader.sandbox.selftest import load_attacks
from tests.conftest import BACKPROP, ROOT, RunCli

_CORPUS = ROOT / "tests" / "corpus"
_RIGHT = (ROOT / "solutions" / "backprop" / "layers.py").read_bytes()
_MISTAKES = tuple(
    path.read_bytes() for path in sorted((ROOT / "solutions/backprop/mistakes").glob("*.py"))
)
# Of ten students, so many hand in something wrong.
_WRONG = 2
_FORMATS = (
    "canvas",
    "moodle",
    "blackboard",
    "brightspace",
    "nbgrader",
    "gradescope",
    "csv",
    "json",
)
_HOSTILE = (
    "abort", "closes-all-descriptors", "forges-a-mark", "hunts-for-expected", "os-exit",
    "poses-as-the-grader", "prints-a-forged-answer", "reads-the-key", "rebinds-what-the-guest-uses",
    "segfault", "thread-writes-to-descriptor-4", "writes-to-all-descriptors",
)  # fmt: skip
_MB = 1 << 20
_SECONDS = 3600


def make_class(folder: Path, students: int) -> Path:
    """Write a class in which no two submissions are equal, and some are wrong."""
    folder.mkdir(parents=True)
    for number in range(students):
        wrong = number % 10 >= 10 - _WRONG
        source = _MISTAKES[number // 10 % len(_MISTAKES)] if wrong else _RIGHT
        mark = f"# student {number}\n".encode()
        (folder / f"student-{number:05d}.py").write_bytes(mark + source)
    return folder


def command(course: Path, out: Path) -> list[str]:
    given = ["-a", str(BACKPROP), str(course), "-o", str(out)]
    return [sys.executable, "-m", "grader", "batch", *given]


@contextlib.contextmanager
def started(
    course: Path, out: Path, environment: Mapping[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a batch in a group of its own, of which nothing is left afterwards."""
    log = out.with_suffix(".log")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as told:
        batch = subprocess.Popen(
            command(course, out),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=told,
            start_new_session=True,
        )
        try:
            yield batch
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(batch.pid, signal.SIGKILL)
            batch.wait()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def by_student(folder: Path) -> dict[str, bytes]:
    """Return files by whose they are: their numbers go by who else is there."""
    return {name.partition("-")[2]: data for name, data in contents(folder).items()}


# --- killed, and gone on --------------------------------------------------------------------------


def recorded(out: Path) -> dict[str, tuple[int, int]]:
    """Return when the report of each attempt that is recorded was written, and where it lies."""
    if not (out / "ledger.sqlite").exists():
        return {}
    done = [line for line in read_ledger(out) if line.result is not None]
    stats = {
        line.student: (out / line.result.report).stat()
        for line in done
        if line.result is not None and line.result.report is not None
    }
    assert len(stats) == len(done), "what is recorded has its report"
    return {student: (found.st_mtime_ns, found.st_ino) for student, found in stats.items()}


def kill_at(course: Path, out: Path, graded: int, delay: float, env: Mapping[str, str]) -> None:
    """Start a batch, and kill all of it a moment after so many submissions are graded."""
    cards = out / "scorecards"
    with started(course, out, env) as batch:
        while graded and not (cards.is_dir() and sum(1 for _ in cards.iterdir()) >= graded):
            assert batch.poll() is None, out.with_suffix(".log").read_text(encoding="utf-8")
            time.sleep(0.005)
        time.sleep(delay)


@pytest.mark.parametrize(
    ("students", "kills"), [(20, 2), pytest.param(200, 20, marks=pytest.mark.slow)]
)
def test_a_batch_that_is_killed_again_and_again_ends_as_one_that_was_not(
    run_cli: RunCli, cli_environment: dict[str, str], tmp_path: Path, students: int, kills: int
) -> None:
    course = make_class(tmp_path / "class", students)
    whole, broken = tmp_path / "whole" / "out", tmp_path / "broken" / "out"
    seed = random.randrange(1 << 32)
    draw = random.Random(seed)
    points = sorted(draw.randrange(students * 9 // 10) for _ in range(kills))
    print(f"seed {seed}: killed after {points}")
    done = run_cli(*command(course, whole)[3:], seconds=_SECONDS)
    assert done.returncode == 0, done.stderr

    before = recorded(broken)
    for point in points:
        kill_at(course, broken, point, draw.random() * 0.3 + (0 if point else 1), cli_environment)
        after = recorded(broken)
        assert {student: after.get(student) for student in before} == before
        before = after
    done = run_cli(*command(course, broken)[3:], seconds=_SECONDS)

    assert done.returncode == 0, done.stderr
    assert before, "some were recorded before the last kill"
    assert f"{len(before)} of them were graded before" in done.stdout
    final = recorded(broken)
    assert {student: final[student] for student in before} == before
    for part in ("scorecards", "reports"):
        assert contents(broken / part) == contents(whole / part)
    for part in ("grades.csv", "index.html"):
        assert (broken / part).read_bytes() == (whole / part).read_bytes()
    for form in _FORMATS:
        assert exported(run_cli, form, broken) == exported(run_cli, form, whole), form


def exported(run_cli: RunCli, form: str, out: Path) -> bytes:
    to = out.parent / form
    done = run_cli("export", form, out, "--to", to, "--title", "Backprop", seconds=_SECONDS)
    assert done.returncode == 0, done.stderr
    return to.read_bytes()


# --- one in a hundred is hostile ------------------------------------------------------------------


def hostile() -> dict[str, bytes]:
    """Return hostile submissions that come to an end in seconds: attacks, in a right solution.

    Which of them time out or fill the memory, `grader selftest` tries.
    """
    attacks = {
        attack.name: attack.source + b"\n" + _attacking(_RIGHT)
        for attack in load_attacks(_CORPUS / "attacks")
        if attack.expect in ("stopped", "crashed", "flooded", "answered")
    }
    corpus = {name: (_CORPUS / name / "layers.py").read_bytes() for name in _HOSTILE}
    return attacks | corpus


def _attacking(source: bytes) -> bytes:
    """Return a solution that attacks whenever a gradient is asked for."""
    begins = b"    def backward(self, dvalues):\n"
    assert source.count(begins) == 2
    return source.replace(begins, begins + b"        attack()\n")


@pytest.mark.parametrize("students", [30, pytest.param(300, marks=pytest.mark.slow)])
def test_attackers_in_a_class_change_nothing_for_the_others(
    run_cli: RunCli, tmp_path: Path, students: int
) -> None:
    seed = random.randrange(1 << 32)
    draw = random.Random(seed)
    chosen = draw.sample(sorted(hostile().items()), max(1, students // 100))
    print(f"seed {seed}: {[name for name, _ in chosen]}")
    calm = make_class(tmp_path / "calm", students)
    mixed = make_class(tmp_path / "mixed", students)
    for name, source in chosen:
        place = draw.randrange(students)
        (mixed / f"student-{place:05d}-{name}.py").write_bytes(source)
    outs = [tmp_path / "out-calm", tmp_path / "out-mixed"]

    for course, out in zip((calm, mixed), outs, strict=True):
        done = run_cli(*command(course, out)[3:], seconds=_SECONDS)
        assert done.returncode == 0, done.stderr

    for part in ("scorecards", "reports"):
        expected, found = (by_student(out / part) for out in outs)
        assert len(found) == len(expected) + len(chosen)
        assert {name: found[name] for name in expected} == expected


# --- the memory does not grow with the class ------------------------------------------------------


class Used(NamedTuple):
    """What a batch took: MB at most in its main process and in a worker, and seconds for each."""

    main: float
    worker: float
    each: float


def watched(course: Path, out: Path, students: int, environment: Mapping[str, str]) -> Used:
    """Run a batch, and watch the memory of its trusted processes: itself and its workers."""
    begun = time.monotonic()
    main: dict[int, int] = {}
    workers: dict[int, int] = {}
    with started(course, out, environment) as batch:
        while batch.poll() is None:
            _measure(main, batch.pid)
            for pid in _children(batch.pid):
                if _is_trusted(pid):
                    _measure(workers, pid)
            time.sleep(0.02)
        assert batch.returncode == 0, out.with_suffix(".log").read_text(encoding="utf-8")
    return Used(
        main=max(main.values()) / _MB,
        worker=max(workers.values()) / _MB,
        each=(time.monotonic() - begun) / students,
    )


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        return [int(one) for one in told.split()]
    return []


def _is_trusted(pid: int) -> bool:
    """Tell a worker, a fork of the batch, from a server of guests."""
    with contextlib.suppress(OSError):
        return b"\0grader\0batch\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def _measure(peaks: dict[int, int], pid: int) -> None:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                peaks[pid] = int(line.split()[1]) * 1024


@pytest.mark.parametrize(
    ("few", "many"), [(40, 200), pytest.param(1000, 10_000, marks=pytest.mark.slow)]
)
def test_the_memory_and_the_time_for_each_do_not_grow_with_the_class(
    cli_environment: dict[str, str], tmp_path: Path, few: int, many: int
) -> None:
    used = {
        students: watched(
            make_class(tmp_path / f"class-{students}", students),
            tmp_path / f"out-{students}",
            students,
            cli_environment,
        )
        for students in (10, few, many)  # the first one makes what is kept, which takes more
    }
    for students, one in used.items():
        print(
            f"{students} submissions: at most {one.main:.0f} MB in the batch and {one.worker:.0f} "
            f"MB in a worker, {1000 * one.each:.1f} ms for each"
        )

    assert max(used[many].main, used[many].worker) < 300
    assert used[many].main <= 1.2 * used[few].main
    assert used[many].worker <= 1.2 * used[few].worker
    assert used[many].each <= 1.5 * used[few].each
