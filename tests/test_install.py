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


def test_the_wheel_holds_the_package_alone(clone: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(clone)],
        check=True, capture_output=True,
    )  # fmt: skip

    (wheel,) = tmp_path.glob("*.whl")
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"grader", "ndgrader-0.1.0.dist-info"}
