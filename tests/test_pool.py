"""Workers: every task has an answer, or is told to have none; a worker that dies costs its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grader.batch.pool import cores, done_by


@contextmanager
def bench() -> Iterator[Callable[[int], bytes]]:
    yield lambda task: b"%d" % (task * task)


@contextmanager
def deadly() -> Iterator[Callable[[int], bytes]]:
    def work(task: int) -> bytes:
        if task % 5 == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return b"x" * task * 100_000

    yield work


@contextmanager
def closed() -> Iterator[Callable[[int], bytes]]:
    if os.getpid():
        raise OSError("no place to work")
    yield lambda task: b"%d" % task


def children() -> set[str]:
    told = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    return set(told.split())


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_every_task_is_done_once(workers: int) -> None:
    done = dict(done_by(bench, 40, workers))

    assert done == {task: b"%d" % (task * task) for task in range(40)}


def test_a_worker_that_dies_costs_the_task_it_was_at() -> None:
    done = dict(done_by(deadly, 20, 2))

    assert {task for task, answer in done.items() if answer is None} == {3, 8, 13, 18}
    assert all(answer == b"x" * t * 100_000 for t, answer in done.items() if answer is not None)


def test_where_no_worker_starts_every_task_is_told() -> None:
    assert dict(done_by(closed, 6, 2)) == dict.fromkeys(range(6))


_START = """
import os, signal, time
from contextlib import contextmanager
from grader.batch.pool import done_by
from grader.push.crew import keep_up
"""
_FAILS = """
@contextmanager
def bench():
    yield lambda task: task / 0

print(list(done_by(bench, 1, 1)))
"""
_UNWANTED = """
@contextmanager
def bench():
    yield lambda task: b"x" * 1_000_000 if task == 0 or time.sleep(0.3) is None else b""

results = done_by(bench, 2, 2)
print(next(results)[0])
results.close()
"""
_INTERRUPTED = """
os.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), signal.SIGINT))

@contextmanager
def bench():
    yield lambda task: b"done"

try:
    print(sorted(done_by(bench, 2, 2)))
    keep_up([lambda _: None])
finally:
    print("end")
"""


def told_by(script: str) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", _START + script],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout, done.stderr


def test_a_worker_that_fails_leaves_word() -> None:
    out, log = told_by(_FAILS)

    assert out == "[(0, None)]\n"
    assert "ZeroDivisionError" in log


def test_an_answer_that_nobody_waits_for_is_no_failure() -> None:
    assert told_by(_UNWANTED) == ("0\n", "")


def test_a_worker_that_is_interrupted_at_its_first_moment_does_not_act_as_its_parent() -> None:
    assert told_by(_INTERRUPTED) == ("[(0, b'done'), (1, b'done')]\nend\n", "")


def test_no_tasks_need_no_workers() -> None:
    assert list(done_by(closed, 0, 2)) == []


def test_no_worker_is_left_behind_by_who_stops_early() -> None:
    before = children()
    results = done_by(bench, 40, 3)
    next(results)
    results.close()  # type: ignore[attr-defined]

    assert children() <= before


def test_there_is_a_core() -> None:
    assert cores() >= 1
