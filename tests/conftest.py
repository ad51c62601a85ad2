"""What all tests share: the shipped assignment, one keeper of guests, and the command line."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeAlias

import pytest

from grader.assignment.key import Key
from grader.assignment.manifest import load_assignment
from grader.grade import prepare
from grader.model import Assignment, Graded
from grader.sandbox.host import keeper_for
from grader.sandbox.paths import policy_for
from grader.submission.read import read_submission

ROOT = Path(__file__).resolve().parent.parent
BACKPROP = ROOT / "assignments" / "backprop"
SECRET = "a secret of the tests, known to all"
# No test waits that long: what hangs fails, in place of holding up all others.
_GUARD_SECONDS = 30
# By these a service is told; where the tests themselves run on one, it is none of theirs.
_OF_CI = {"CI", "GITHUB_ACTIONS", "GITEA_ACTIONS", "FORGEJO_ACTIONS", "GITLAB_CI"}

Grade: TypeAlias = Callable[[Path], Graded]


class RunCli(Protocol):
    """Runs `python -m grader ARGS` in a process of its own."""

    def __call__(
        self,
        *args: str | Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        seconds: float = _GUARD_SECONDS,
    ) -> subprocess.CompletedProcess[str]: ...


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file grow, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture(scope="session")
def backprop() -> Assignment:
    return load_assignment(BACKPROP)


@pytest.fixture(scope="session")
def key() -> Key:
    return Key(secret=SECRET.encode(), origin="the tests")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stand in for the user's own folder, where cases are kept."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def grade(backprop: Assignment, key: Key, home: Path) -> Iterator[Grade]:
    """Grade a file, folder or zip on all cases, through one keeper for the whole session."""
    with keeper_for(policy_for(backprop.limits, backprop.packages)) as keeper:
        grade_one = prepare(backprop, key, home / "cases", keeper)
        yield lambda path: grade_one(read_submission(path, backprop.files))


@pytest.fixture(scope="session")
def cli_environment(home: Path) -> dict[str, str]:
    """Return an environment with the key and the folder of the tests: no CI service, no locale."""
    kept = {name: value for name, value in os.environ.items() if name not in _OF_CI}
    plain = {"LANGUAGE": "", "LC_ALL": "C.UTF-8"}
    return kept | plain | {"GRADER_KEY": SECRET, "GRADER_HOME": str(home)}


@pytest.fixture(scope="session")
def run_cli(cli_environment: dict[str, str]) -> RunCli:
    """Run the command line; `env` is added to `cli_environment`, an empty value unsets."""

    def run(
        *args: str | Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        seconds: float = _GUARD_SECONDS,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "grader", *map(str, args)],
            cwd=cwd,
            env=cli_environment | dict(env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )

    return run


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where nothing may be missing (.ci/run), a skipped test is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("GRADER_TESTS_FORBID_SKIPS") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
