"""What a student's page costs in CPU: beside `json.dumps` of its scorecard, and for each line.

The aims are 3 ms for all but the code that was handed in, and 0.1 ms for each line of that. What is
asserted are ratios, far above what is measured: machines are shared, and differ.
"""

import json
import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace

from grader.model import Graded
from grader.report.html import report
from tests.conftest import ROOT, Grade

pytest.importorskip("pytest_benchmark", reason="needs pytest-benchmark")
if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

pytestmark = pytest.mark.benchmark(timer=time.process_time)
_ROUNDS = 100
_SAMPLE = ROOT / "tests" / "corpus" / "sample" / "layers.py"
_LINES = 600
Run = Callable[[], object]


@pytest.fixture(scope="module")
def graded(grade: Grade) -> Graded:
    return grade(_SAMPLE)


def with_lines(graded: Graded, count: int) -> Graded:
    """Return the same, with so many lines of code to show."""
    main = graded.submission.main
    lines = main.cells[0].splitlines(keepends=True)
    source = b"".join(lines[number % len(lines)] for number in range(count))
    handed_in = replace(graded.submission, main=replace(main, cells=(source,)))
    return replace(graded, submission=handed_in)


def _seconds(run: Run) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def _milliseconds(benchmark: "BenchmarkFixture", run: Run, *beside: Run) -> list[float]:
    """Run all in turn, after one of each to warm up; return the medians of CPU time."""
    times = [[_seconds(one)] for one in beside]
    run()

    def before() -> None:
        for one, told in zip(beside, times, strict=True):
            told.append(_seconds(one))

    benchmark.pedantic(run, setup=before, rounds=_ROUNDS)  # type: ignore[no-untyped-call]
    stats = benchmark.stats
    assert stats is not None
    medians = [float(stats.stats.median), *(statistics.median(told[1:]) for told in times)]
    return [1000 * median for median in medians]


def _tell(benchmark: "BenchmarkFixture", what: str) -> None:
    benchmark.extra_info["told"] = what
    print(f"\n{benchmark.name}: {what}")


def test_a_page_beside_json_of_its_scorecard(benchmark: "BenchmarkFixture", graded: Graded) -> None:
    """All of a page but the code that was handed in."""
    card, bare = msgspec.to_builtins(graded.scorecard), with_lines(graded, 0)

    page, dumped = _milliseconds(benchmark, lambda: report(bare), lambda: json.dumps(card))

    _tell(benchmark, f"{page:.2f} ms, {page / dumped:.1f} x json.dumps (aim: 3 ms)")
    assert page / dumped < 20


def test_a_line_of_code_beside_json_of_a_scorecard(
    benchmark: "BenchmarkFixture", graded: Graded
) -> None:
    """By a page with many lines of code, and one with none."""
    card, bare, long = (
        msgspec.to_builtins(graded.scorecard), with_lines(graded, 0), with_lines(graded, _LINES)
    )  # fmt: skip

    whole, page, dumped = _milliseconds(
        benchmark, lambda: report(long), lambda: report(bare), lambda: json.dumps(card)
    )

    line = (whole - page) / _LINES
    _tell(benchmark, f"{line:.4f} ms, {line / dumped:.3f} x json.dumps (aim: 0.1 ms)")
    assert 0 < line / dumped < 0.4
