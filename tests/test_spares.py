"""Where a system cannot fork: the same verdicts, from interpreters for one submission each."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.grade import prepare
from grader.model import Assignment, Limits, State
from grader.sandbox.host import FORK, keeper_for
from grader.sandbox.keeper import Keeper
from grader.sandbox.paths import policy_for
from grader.sandbox.probe import LAYERS, isolation_of, try_out
from grader.sandbox.spares import Spares
from grader.submission.read import read_submission
from tests.conftest import ROOT, Grade

CORPUS = ROOT / "tests" / "corpus"
_LIMITS = Limits(load_wall=5.0, case_wall=1.5)
# What ends an interpreter, floods it, or writes where only the grader writes; and what is wrong.
_ALIKE = (
    "reference", "sample", "stub", "exception", "os-exit", "segfault", "abort", "answer-flood",
    "print-flood-without-end", "closes-all-descriptors",
    "exit-while-loading", "notebook-with-magics", "prints-much", "class-misspelt", "slots",
    "helper-beside-it", "endless-loop-on-integers", "asks-for-input",
)  # fmt: skip
# A system that has none of what Linux has beside POSIX, nor all of POSIX.
_ELSEWHERE = """
import os, select, signal, sys
for name in ("fcntl", "resource", "termios", "pwd", "grp"):
    sys.modules[name] = None
for module, names in (
    (os, ("pidfd_open", "memfd_create", "getuid", "fork")),
    (select, ("poll", "epoll")),
    (signal, ("pidfd_send_signal",)),
):
    for name in names:
        delattr(module, name)
sys.argv[0] = "grader"
from grader.__main__ import main
main()
"""


@pytest.fixture(scope="module")
def spares() -> Iterator[Keeper]:
    with keeper_for(policy_for(_LIMITS, without=(FORK,))) as keeper:
        yield keeper


def _states(assignment: Assignment, keeper: Keeper, name: str, cases: Path) -> dict[str, State]:
    (path, *more) = [one for one in (CORPUS / name).iterdir() if one.name != "expected.toml"]
    submission = read_submission(CORPUS / name if more else path, assignment.files)
    card = prepare(assignment, None, cases, keeper)(submission).scorecard
    return {case.id: case.state for one in card.exercises for case in one.cases}


@pytest.mark.parametrize("name", _ALIKE)
def test_states_are_those_of_the_fork_server(
    name: str, spares: Keeper, backprop: Assignment, grade: Grade, home: Path
) -> None:
    assert isinstance(spares, Spares)

    found = _states(backprop, spares, name, home / "cases")

    (path, *more) = [one for one in (CORPUS / name).iterdir() if one.name != "expected.toml"]
    card = grade(CORPUS / name if more else path).scorecard
    forked = {case.id: case.state for one in card.exercises for case in one.cases}
    assert found == {case: forked[case] for case in found}


def test_the_tier_is_none(spares: Keeper) -> None:
    isolation = isolation_of(try_out(spares))

    assert isolation.tier == "none"
    assert isolation.layers == ()
    assert set(spares.hello.left_out) == set(LAYERS)


def test_what_a_case_prints_is_shown_with_it(backprop: Assignment, tmp_path: Path) -> None:
    source = (ROOT / "solutions" / "backprop" / "layers.py").read_text(encoding="utf-8")
    path = tmp_path / "layers.py"
    path.write_text(source.replace("self.dinputs =", "print('here'); self.dinputs ="))
    submission = read_submission(path, backprop.files)

    with keeper_for(policy_for(_LIMITS, without=(FORK,))) as keeper:
        graded = prepare(backprop, None, None, keeper)(submission)

    texts = {id_: exhibit.outcome.text for id_, exhibit in graded.exhibits.items()}
    printed = {id_: texts[id_].count("here\n") for id_ in texts}
    assert printed == {
        id_: sum(getattr(step, "watched", False) for step in exhibit.case.program.steps)
        for id_, exhibit in graded.exhibits.items()
    }


def test_no_interpreter_is_left_behind(backprop: Assignment, home: Path) -> None:
    server = policy_for(_LIMITS).server
    before = _running(server)
    with keeper_for(policy_for(_LIMITS, without=(FORK,))) as keeper:
        _states(backprop, keeper, "segfault", home / "cases")
        assert _running(server) - before

    deadline = time.monotonic() + 5
    while _running(server) - before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _running(server) - before == set()


def _running(server: str) -> set[str]:
    """Return the numbers of our children that run the guest's server."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            told = path.read_bytes().split(b"\0")
            parent = (path.parent / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if server.encode() in told and int(parent) == os.getpid() and len(told) == 6:
            found.add(path.parent.name)
    return found


def _elsewhere(
    *args: str | Path, environment: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", _ELSEWHERE, *map(str, args)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(("name", "code"), [("reference", 0), ("sample", 1)])
def test_check_works_on_a_system_that_cannot_fork(
    name: str, code: int, cli_environment: dict[str, str], tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    file = CORPUS / name / "layers.py"

    done = _elsewhere("check", file, "--report", page, environment=cli_environment)

    assert done.returncode == code, done.stderr
    assert "none ()" in page.read_text(encoding="utf-8")


def test_official_grading_is_refused_there(cli_environment: dict[str, str]) -> None:
    done = _elsewhere("grade", CORPUS / "sample" / "layers.py", environment=cli_environment)

    assert done.returncode == 4
    assert "only in the tier 'none'" in done.stderr
    assert "grader doctor" in done.stderr


def test_doctor_says_what_is_missing_there(cli_environment: dict[str, str]) -> None:
    done = _elsewhere("doctor", environment=cli_environment)

    assert done.returncode == 0, done.stderr
    assert "tier none" in done.stdout
    assert "cannot fork a locked process" in done.stdout
    assert "Official grading is closed" in done.stdout
