"""What of this host's file system a guest may read: Python itself, numpy, and what is listed."""

import sys
import sysconfig
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from grader.errors import SandboxError
from grader.model import Limits
from grader.sandbox.policy import Policy

GUEST = Path(__file__).resolve().parent.parent / "guest"
# Of Python's own folder, what others installed, and what only tests need.
_INSTALLED = ("site-packages", "dist-packages")
_NOT_PYTHON = (*_INSTALLED, "test", "idlelib", "turtledemo", "ensurepip")
_LOADER = ("/etc/ld.so.cache", "/lib64", "/usr/lib64")
_SYSTEM = "/usr"
_MAPS = Path("/proc/self/maps")


def policy_for(
    limits: Limits, packages: tuple[str, ...] = (), without: tuple[str, ...] = ()
) -> Policy:
    """Return the policy of this installation; `without` switches layers off, for tests."""
    site = _site()
    wanted = ("numpy", *packages)
    return Policy(
        python=sys.executable,
        server=str(GUEST / "server.py"),
        site=str(site),
        packages=wanted,
        paths=tuple(dict.fromkeys(_paths(site, wanted))),
        limits=limits,
        without=without,
    )


def _site() -> Path:
    spec = find_spec("numpy")
    if spec is None or spec.origin is None:
        raise SandboxError("numpy is not installed beside the grader", "reinstall the grader")
    return Path(spec.origin).parent.parent


def _paths(site: Path, packages: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield what may be read, and how: see Policy."""
    folder = sysconfig.get_path("stdlib")
    yield folder, "list"  # as Python does to find a module
    # Entry by entry, so that site-packages inside is left out.
    names = sorted(entry.name for entry in Path(folder).iterdir())
    yield from ((f"{folder}/{name}", "all") for name in names if name not in _NOT_PYTHON)
    parts = [site / f"{name}{end}" for name in packages for end in ("", ".libs", ".py")]
    for entry in (*parts, *map(Path, _LOADER), *_library_folders()):
        if entry.exists():
            yield str(entry), "all"
    yield str(GUEST), "load"


def _library_folders() -> Iterator[Path]:
    """Yield the folders of the shared libraries that this process has loaded from the system."""
    if not _MAPS.exists():
        return
    names = {line.rsplit(" ", 1)[-1] for line in _MAPS.read_text().splitlines()}
    loaded = (Path(name) for name in names if ".so" in name)
    # A system's own Python has /usr for its prefix, where the system's libraries are, too.
    ours = {sys.base_prefix, sys.prefix} - {_SYSTEM} | {sysconfig.get_path("stdlib")}
    for folder in sorted({path.parent for path in loaded}):
        installed = set(_INSTALLED) & set(folder.parts)
        if not installed and not any(folder.is_relative_to(prefix) for prefix in ours):
            yield folder
            if folder.is_relative_to(_SYSTEM):  # by its other name, too, where /lib is a link
                yield Path("/") / folder.relative_to(_SYSTEM)
