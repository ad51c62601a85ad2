"""What the wall costs: a submission with all layers beside the same without, and beside a fork.

The aims are 1.5 times a submission without layers, and 10 times a bare fork and wait of a process
that has numpy loaded. What is asserted is far above: machines are shared.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from grader.assignment.casebook import all_cases
from grader.assignment.key import Key
from grader.model import Assignment, Case
from grader.sandbox import session
from grader.sandbox.host import keeper_for
from grader.sandbox.keeper import Keeper
from grader.sandbox.paths import policy_for
from grader.submission.read import read_submission
from tests.conftest import ROOT

pytest.importorskip("pytest_benchmark", reason="needs pytest-benchmark")
if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

_ROUNDS = 40
_OFF = ("filter", "landlock", "namespaces", "root", "user")
_REFERENCE = ROOT / "solutions" / "backprop" / "layers.py"
Run = Callable[[], None]


@pytest.fixture(scope="module")
def cases(backprop: Assignment, key: Key, home: Path) -> tuple[Case, ...]:
    def author() -> Keeper:
        return keeper_for(policy_for(backprop.limits), serves_author=True)

    return all_cases(backprop, key, author, home / "cases")


@pytest.fixture
def locked(backprop: Assignment, cases: tuple[Case, ...]) -> Iterator[Run]:
    yield from _runner(backprop, cases, ())


@pytest.fixture
def bare(backprop: Assignment, cases: tuple[Case, ...]) -> Iterator[Run]:
    yield from _runner(backprop, cases, _OFF)


def _runner(
    assignment: Assignment, cases: tuple[Case, ...], without: tuple[str, ...]
) -> Iterator[Run]:
    submission = read_submission(_REFERENCE, assignment.files)
    with keeper_for(policy_for(assignment.limits, without=without)) as keeper:
        assert keeper.hello

        def run() -> None:
            ran = session.run(keeper, submission, cases, assignment.limits)
            assert len(ran.outcomes) == len(cases)

        run()
        yield run


def _fork_and_wait() -> None:
    assert np.zeros(1).size == 1
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def _ratio(benchmark: "BenchmarkFixture", run: Run, baseline: Run, name: str) -> float:
    """Run both in turn; return the ratio of the medians."""
    base: list[float] = []

    def before() -> None:
        start = time.perf_counter()
        baseline()
        base.append(time.perf_counter() - start)

    benchmark.pedantic(run, setup=before, rounds=_ROUNDS)  # type: ignore[no-untyped-call]
    stats = benchmark.stats
    assert stats is not None
    ratio = float(stats.stats.median) / statistics.median(base)
    benchmark.extra_info[f"times {name}"] = round(ratio, 2)
    print(f"\n{benchmark.name}: {ratio:.2f} x {name}")
    return ratio


def test_a_submission_beside_one_without_layers(
    benchmark: "BenchmarkFixture", locked: Run, bare: Run
) -> None:
    assert _ratio(benchmark, locked, bare, "without layers") < 3


def test_a_submission_beside_a_fork(benchmark: "BenchmarkFixture", locked: Run) -> None:
    assert _ratio(benchmark, locked, _fork_and_wait, "fork and wait") < 40
