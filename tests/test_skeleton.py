"""`grader new`: what it writes is sound, can be released, and is graded."""

import re
from pathlib import Path

import nbformat
import pytest

from tests.conftest import RunCli

_PROOF = 120.0


@pytest.fixture(scope="module")
def course(run_cli: RunCli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("course")
    done = run_cli("new", "week-3", "--to", root)
    assert (done.returncode, done.stderr) == (0, "")
    return root


def test_a_new_assignment_is_sound(course: Path, run_cli: RunCli) -> None:
    done = run_cli("validate", course / "assignments" / "week-3", seconds=_PROOF)

    assert done.returncode == 0, done.stdout
    assert "Shares of a whole is sound." in done.stdout
    assert "1 of 1 are named" in done.stdout
    assert "11 mutants, 11 caught" in done.stdout


def test_a_new_assignment_can_be_released_and_graded(course: Path, run_cli: RunCli) -> None:
    folder, kit = course / "assignments" / "week-3", course / "kit"
    mistake = course / "solutions" / "week-3" / "mistakes" / "sums-of-columns.py"

    released = run_cli("release", "week-3", "-o", kit, cwd=course, seconds=_PROOF)
    (kit / "week_3.py").write_bytes(mistake.read_bytes())
    told = run_cli("check", "week_3.py", cwd=kit)
    graded = run_cli("grade", course / "solutions" / "week-3" / "week_3.py", "-a", folder, cwd=kit)

    assert released.returncode == 0, released.stderr
    assert "Divided by the sums of the columns" in told.stdout
    assert "5 of 5" in graded.stdout


def test_the_notebook_is_a_valid_one(course: Path) -> None:
    path = course / "assignments" / "week-3" / "notebook.ipynb"

    nbformat.validate(nbformat.read(path, as_version=4))  # type: ignore[no-untyped-call]


def test_every_comment_of_the_manifest_is_of_that_assignment(course: Path) -> None:
    text = (course / "assignments" / "week-3" / "assignment.toml").read_text("utf-8")

    assert "grader validate week-3" in text
    assert 'files = ["week_3.py"]' in text


def test_nothing_is_written_over(course: Path, run_cli: RunCli) -> None:
    before = (course / "assignments" / "week-3" / "cases.py").stat().st_mtime_ns

    done = run_cli("new", "week-3", "--to", course)

    assert done.returncode == 2
    assert re.search(r"week-3 is there already\n +Next: choose another name", done.stderr)
    assert (course / "assignments" / "week-3" / "cases.py").stat().st_mtime_ns == before


@pytest.mark.parametrize("slug", ["../up", "Week", "a b", "", "-a", "a/b"])
def test_a_slug_is_the_name_of_a_folder(slug: str, run_cli: RunCli, tmp_path: Path) -> None:
    done = run_cli("new", "--", slug, cwd=tmp_path)

    assert done.returncode == 2
    assert "cannot be the name" in done.stderr
    assert not list(tmp_path.iterdir())
