"""What is installed, and that the README's first command works where nothing is installed yet."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.test_guest import imports_source

_ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.wheel


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the files under version control, as a fresh clone has them."""
    target = tmp_path_factory.mktemp("clone")
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=_ROOT, capture_output=True, check=True, text=True
    )
    for name in listing.stdout.split("\0"):
        if (_ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(_ROOT / name, target / name)
    return target


@pytest.fixture(scope="module")
def installed(clone: Path) -> Path:
    """Run the README's first command in the clone; return the clone."""
    readme = (clone / "README.md").read_text(encoding="utf-8")
    command = re.findall(r"^```sh\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)[0]
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(clone)}
    kept = ("PIP_INDEX_URL", "PIP_CERT", "PIP_FIND_LINKS", "PIP_CONFIG_FILE", "SSL_CERT_FILE")
    done = subprocess.run(
        ["bash", "-euc", command],
        cwd=clone,
        env=environment | {k: v for k, v in os.environ.items() if k in kept},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "points" in done.stdout
    return clone


def test_the_first_command_of_the_readme_writes_a_report(installed: Path) -> None:
    assert (installed / "sample.report.html").read_text(encoding="utf-8").startswith("<!doctype")


def test_from_an_installed_wheel_nothing_of_the_grader_can_be_imported(installed: Path) -> None:
    (installed / "imports.py").write_text(imports_source())
    report = installed / "imports.html"

    subprocess.run(
        [".venv/bin/grader", "check", "imports.py", "--report", str(report)],
        cwd=installed, capture_output=True, check=False,
    )  # fmt: skip

    text = report.read_text(encoding="utf-8")
    assert set(re.findall(r"IMPORTED ([\w.]+)", text)) == {"numpy.fft"}
    assert "refused grader" in text


_READS = """
import os
import numpy as np


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        seen = set()
        for start in {starts}:
            inside = (os.path.join(f, name) for f, _, names in os.walk(start) for name in names)
            for path in [start, *inside]:
                try:
                    with open(path, "rb") as file:
                        file.read(1)
                except OSError:
                    continue
                seen.add("numpy" if "/site-packages/numpy" in path else path)
        print("\\n".join("READ " + path for path in sorted(seen)))
"""


def test_from_an_installed_wheel_no_file_of_the_course_can_be_read(installed: Path) -> None:
    (site,) = installed.glob(".venv/lib/python*/site-packages")
    course = [
        path for part in ("assignments", "solutions") for path in (installed / part).rglob("*")
    ]
    starts = ["/", str(installed), str(site), *map(str, course), *map(str, site.glob("[!n]*"))]
    (installed / "reads.py").write_text(
        _READS.format(starts=[*starts, str(site / "numpy" / "version.py")])
    )
    report = installed / "reads.html"

    subprocess.run(
        [".venv/bin/grader", "check", "reads.py", "--report", str(report)],
        cwd=installed, capture_output=True, check=False,
    )  # fmt: skip

    read = set(re.findall(r"READ ([\w./-]+)", report.read_text(encoding="utf-8")))
    assert read == {"numpy"}


def test_the_wheel_holds_the_package_alone(clone: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(clone)],
        check=True, capture_output=True,
    )  # fmt: skip

    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"grader", "ndgrader-0.1.0.dist-info"}
    kept = (path.relative_to(_ROOT) for path in (_ROOT / "grader/push/templates").iterdir())
    assert {str(path) for path in kept if path.name != "__pycache__"} <= set(names)
