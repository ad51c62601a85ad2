"""A class in one command, beside a fresh Python for each submission and beside one pytest for all.

The submissions differ: two fifths are right, two fifths wrong, a fifth raises or does not load. All
layers of isolation are in force, a page is written for each and a line of the ledger. The aim is 20
times the first baseline, and no slower than the second; what is asserted is far below: machines are
shared.
"""

import random
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import BACKPROP, ROOT

pytest.importorskip("pytest_benchmark", reason="needs pytest-benchmark")
if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

_PLAIN = Path(__file__).with_name("plain.py")
_CORPUS = ROOT / "tests" / "corpus"
_SOLUTIONS = ROOT / "solutions" / "backprop"
_CRASHING = (
    "exception", "exception-in-numpy", "syntax-error", "recursion", "not-implemented",
    "exit-in-a-method", "self-forgotten", "uses-a-missing-package", "stub",
)  # fmt: skip
_TRAINS = "training-by-partial"  # for days, where a file is run as a whole
_AT_A_TIME = 5


def a_class(folder: Path, size: int) -> None:
    """Write as many submissions, each with a line of its own."""
    draw = random.Random(5)
    right = [path for path in sorted((_CORPUS / "right").glob("*.py")) if path.stem != _TRAINS]
    right.append(_SOLUTIONS / "layers.py")
    wrong = [
        path
        for place in (_CORPUS / "rewrites", _CORPUS / "unlisted", _SOLUTIONS / "mistakes")
        for path in sorted(place.glob("*.py"))
    ]
    crashing = [_CORPUS / name / "layers.py" for name in _CRASHING]
    folder.mkdir()
    for number in range(size):
        kind = (right, right, wrong, wrong, crashing)[number % _AT_A_TIME]
        source = draw.choice(kind).read_text(encoding="utf-8")
        (folder / f"s{number:05}.py").write_text(f"{source}\n# {number}\n", encoding="utf-8")


def _seconds(command: Sequence[str], environment: Mapping[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(
        command, env=environment, check=False, stdin=subprocess.DEVNULL, capture_output=True
    )
    return time.perf_counter() - start


@pytest.mark.parametrize("size", [40, pytest.param(400, marks=pytest.mark.slow)])
def test_a_class_beside_plain_checks(
    size: int, benchmark: "BenchmarkFixture", cli_environment: dict[str, str], tmp_path: Path
) -> None:
    course = tmp_path / "class"
    a_class(course, size)
    python = [sys.executable]
    grader = [*python, "-m", "grader", "batch", "-a", str(BACKPROP), str(course), "-o"]
    _seconds([*grader, str(tmp_path / "first")], cli_environment)  # cases and probes are made once
    alone = sum(
        _seconds([*python, str(_PLAIN), str(path)], cli_environment)
        for path in sorted(course.iterdir())
    )
    checks = [*python, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider", "-c", "/dev/null"]
    together = _seconds([*checks, str(_PLAIN)], cli_environment | {"SUBMISSIONS": str(course)})

    taken = benchmark.pedantic(  # type: ignore[no-untyped-call]
        _seconds, args=([*grader, str(tmp_path / "out")], cli_environment), rounds=1
    )

    assert len(list((tmp_path / "out" / "reports").iterdir())) == size
    print(f"\n{size} submissions, {1000 * taken / size:.1f} ms each: {alone / taken:.1f} x faster")
    print(f"than alone, {together / taken:.1f} x faster than together")
    benchmark.extra_info |= {"alone": alone / taken, "together": together / taken}
    assert alone / taken > 1.5
