"""What a student's page costs in CPU: beside `json.dumps` of its scorecard, and for each line.

The aims are 3 ms for all but the highlighting of code, and 0.1 ms of that for each line. What is
asserted are ratios, far above what is measured: machines are shared, and differ.
"""

import json
import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
import pytest

from grader.model import Graded
from grader.report.html import report
from grader.report.listing import listing
from tests.conftest import ROOT, Grade

pytest.importorskip("pytest_benchmark", reason="needs pytest-benchmark")
if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

pytestmark = pytest.mark.benchmark(timer=time.process_time)
_ROUNDS = 100
_SAMPLE = ROOT / "tests" / "corpus" / "sample" / "layers.py"
_LINES = 600  # of a long submission, for what is paid once to vanish
Run = Callable[[], object]


@pytest.fixture(scope="module")
def graded(grade: Grade) -> Graded:
    return grade(_SAMPLE)


@pytest.fixture(scope="module")
def long(graded: Graded) -> Graded:
    """Return the same, with code that is as long as the longest that are handed in."""
    main = graded.submission.main
    (source,) = main.cells
    lines = source.splitlines(keepends=True)
    cell = b"".join(lines[number % len(lines)] for number in range(_LINES))
    file = msgspec.structs.replace(main, cells=(cell,))
    handed_in = msgspec.structs.replace(graded.submission, main=file)
    return msgspec.structs.replace(graded, submission=handed_in)


def _seconds(run: Run) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def _milliseconds(benchmark: "BenchmarkFixture", run: Run, beside: Run) -> tuple[float, float]:
    """Run both in turn, after one of each to warm up; return the medians of CPU time."""
    run()
    beside()
    others: list[float] = []

    def before() -> None:
        others.append(_seconds(beside))

    benchmark.pedantic(run, setup=before, rounds=_ROUNDS)  # type: ignore[no-untyped-call]
    stats = benchmark.stats
    assert stats is not None
    return 1000 * float(stats.stats.median), 1000 * statistics.median(others)


def _tell(benchmark: "BenchmarkFixture", what: str) -> None:
    benchmark.extra_info["told"] = what
    print(f"\n{benchmark.name}: {what}")


def test_a_page_beside_json_of_its_scorecard(benchmark: "BenchmarkFixture", graded: Graded) -> None:
    """The view and the template: the whole page, less the highlighting."""
    card = msgspec.to_builtins(graded.scorecard)
    coloured = 1000 * statistics.median(_seconds(lambda: listing(graded)) for _ in range(_ROUNDS))

    whole, dumped = _milliseconds(benchmark, lambda: report(graded), lambda: json.dumps(card))

    page = whole - coloured
    _tell(benchmark, f"{page:.2f} ms, {page / dumped:.1f} x json.dumps (aim: 3 ms)")
    assert page / dumped < 20


def test_highlighting_a_line_beside_json_of_a_scorecard(
    benchmark: "BenchmarkFixture", graded: Graded, long: Graded
) -> None:
    card = msgspec.to_builtins(graded.scorecard)

    whole, dumped = _milliseconds(benchmark, lambda: listing(long), lambda: json.dumps(card))

    line = whole / _LINES
    _tell(benchmark, f"{line:.4f} ms, {line / dumped:.3f} x json.dumps (aim: 0.1 ms)")
    assert line / dumped < 0.4
