"""The wall: every layer is in force where it can be, is missed when it is not, and is tried."""

import os
import subprocess
import sys
import sysconfig
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest

from grader.assignment.key import Key
from grader.errors import SandboxError
from grader.grade import prepare
from grader.model import Assignment, Limits
from grader.sandbox.host import keeper_for
from grader.sandbox.paths import policy_for
from grader.sandbox.probe import LAYERS, isolation_of, reaches, tier, try_out
from grader.sandbox.selftest import attack_all, corpus_folder, load_attacks
from tests.conftest import ROOT
from tests.modes import MODES
from tests.test_guest import run_alone

_MODES = Path(__file__).resolve().parent / "modes.py"
_TIERS = {"root": "full", "user": "full", "container-root": "strong", "container-user": "strong"}
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become what a mode says")


def _in_mode(
    mode: str, *command: str, environment: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(_MODES), mode, sys.executable, "-m", "grader", *command],
        env=environment | {"GRADER_HOME": "/nonexistent/grader"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@needs_root
@pytest.mark.parametrize("mode", MODES)
def test_the_tier_of_a_mode(mode: str, cli_environment: dict[str, str]) -> None:
    done = _in_mode(mode, "doctor", environment=cli_environment)

    assert f"tier {_TIERS[mode]}\n" in done.stdout, done.stderr


@needs_root
@pytest.mark.parametrize("mode", MODES)
def test_no_attack_gets_through(mode: str, cli_environment: dict[str, str]) -> None:
    done = _in_mode(mode, "selftest", environment=cli_environment)

    assert done.returncode == 0, "\n".join(
        line for line in done.stdout.splitlines() if line[0] == "✗"
    )
    assert f" 0 got through; tier {_TIERS[mode]}." in done.stdout


def test_the_corpus_has_a_hundred_attacks() -> None:
    assert len(load_attacks(corpus_folder())) >= 100


def _isolation(without: Sequence[str]) -> tuple[str, set[str]]:
    with keeper_for(policy_for(Limits(), without=tuple(without))) as keeper:
        found = isolation_of(try_out(keeper))
    return found.tier, set(found.layers)


@needs_root
@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_that_is_off_is_missed_by_the_tier(layer: str) -> None:
    found, layers = _isolation([layer])

    assert layer not in layers
    assert found != "full"


@needs_root
@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_that_is_off_lets_an_attack_through(layer: str) -> None:
    attacks = [one for one in load_attacks(corpus_folder()) if one.layer in (layer, "files")]
    _, results = attack_all(attacks, without=(layer,))

    assert any(not result.held for result in results)


@needs_root
def test_everything_is_in_force_here() -> None:
    assert _isolation([]) == ("full", set(LAYERS))


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ({"limits", "filter", "landlock"}, "strong"),
        ({"limits", "filter", "root", "namespaces"}, "strong"),
        ({"limits", "filter", "namespaces"}, "weak"),
        ({"limits", "landlock", "root", "namespaces", "user"}, "weak"),
        ({"filter", "landlock", "root", "namespaces", "user"}, "none"),
        (set(LAYERS), "full"),
    ],
)
def test_what_layers_amount_to(layers: set[str], expected: str) -> None:
    assert tier(layers) == expected


@pytest.mark.parametrize("without", [("filter",), ("landlock", "root")])
def test_hidden_cases_are_not_run_below_strong(
    backprop: Assignment, key: Key, home: Path, without: tuple[str, ...]
) -> None:
    with keeper_for(policy_for(backprop.limits, without=without)) as keeper:
        with pytest.raises(SandboxError, match="isolates student code only in"):
            prepare(backprop, key, home / "cases", keeper)
        prepare(backprop, key, home / "cases", keeper, "weak")
        prepare(backprop, None, home / "cases", keeper)


def test_tiers_are_ordered() -> None:
    assert [reaches(found, "strong") for found in ("none", "weak", "strong", "full")] == [
        False, False, True, True,
    ]  # fmt: skip


_LISTING = """
    import os
    import numpy as np

    def readable():
        for start in {starts}:
            yield start
            for folder, _, names in os.walk(start):
                yield from (os.path.join(folder, name) for name in names)

    class Layer_Dense:
        def __init__(self, n_inputs, n_neurons):
            paths = []
            for path in readable():
                try:
                    with open(path, "rb") as file:
                        file.read(1)
                except OSError:
                    continue
                paths.append(path)
            self.found = np.frombuffer("\\n".join(paths).encode(), np.uint8)
"""


def _starts(*folders: Path) -> list[str]:
    """Return where a search begins: tops, what the policy lists, and what must not be found.

    A folder that may not be listed may still hold one that may: so every tracked file is named.
    """
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    tracked = [str(ROOT / name) for name in listed.stdout.splitlines()]
    tops = [str(path) for path in Path("/").iterdir()]
    policy = [path for path, _ in policy_for(Limits()).paths]
    return ["/", *tops, *policy, *tracked, *map(str, folders), str(Path.home()), sys.executable]


def test_a_child_can_read_python_and_numpy_alone(home: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    source = textwrap.dedent(_LISTING).format(starts=_starts(home, tmp_path))
    limits = Limits(case_cpu=30.0, case_wall=60.0, reply=1 << 24)
    site = policy_for(Limits()).site
    allowed = (
        sysconfig.get_path("stdlib"), f"{site}/numpy/", f"{site}/numpy.libs/", "/lib", "/usr/lib",
    )  # fmt: skip

    array = run_alone(source, limits).outputs["found"].array
    assert array is not None
    paths = array.tobytes().decode().splitlines()

    others = [p for p in paths if not p.startswith(allowed) and p != "/etc/ld.so.cache"]
    assert any(path.startswith(site) for path in paths)
    assert others == []
    assert not [p for p in paths if "site-packages" in p and not p.startswith(f"{site}/numpy")]
