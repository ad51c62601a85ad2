"""What a guest may read, for Pythons of other places."""

import sys
from pathlib import Path

import pytest

from grader.model import Limits
from grader.sandbox.paths import policy_for


def folder_of(library: str) -> str:
    """Return the folder of a library of the system that this process has loaded."""
    maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    return next(str(Path(one.split()[-1]).parent) for one in maps if f"/{library}" in one)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_systems_own_python_may_load_the_systems_libraries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    system = folder_of("libc.so.")
    monkeypatch.setattr(sys, "base_prefix", "/usr")

    readable = {path for path, _ in policy_for(Limits()).paths}

    assert system in readable
    assert "/usr" not in readable


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nothing_that_others_installed_is_read_for_its_libraries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import msgspec  # noqa: PLC0415 - loads a library from where packages are

    for name in ("base_prefix", "prefix"):
        monkeypatch.setattr(sys, name, "/usr")

    readable = [Path(path) for path, _ in policy_for(Limits()).paths]

    assert Path(msgspec.__file__).parent not in readable
