"""The commands, as processes: exit codes, what they write, what they import."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent
_BACKPROP = str(_ROOT / "assignments" / "backprop")
_REFERENCE = str(_ROOT / "solutions" / "backprop" / "layers.py")
_STUB = str(_ROOT / "assignments" / "backprop" / "layers.py")
_KEYLESS = {"GRADER_KEY": "", "CI": "true"}
_SLOW_IMPORTS = ("numpy", "nbformat", "jinja2", "rich", "msgspec", "pygments", "watchfiles")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.mark.parametrize(
    "arguments", [["--help"], ["grade", "--help"], ["batch", "--help"], ["check", "--help"]]
)
def test_help_imports_nothing_slow(arguments: list[str], cli_environment: dict[str, str]) -> None:
    code = (
        "import sys\nfrom grader.cli.main import cli\n"
        f"try: cli({arguments})\nexcept SystemExit: pass\n"
        f"print([name for name in {_SLOW_IMPORTS} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=cli_environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[-1] == "[]"


def test_check_passes_the_reference(run_cli: Run) -> None:
    done = run_cli("check", _REFERENCE, "-a", _BACKPROP)

    assert (done.returncode, done.stderr) == (0, "")


def test_check_fails_the_stub_without_a_traceback(run_cli: Run) -> None:
    done = run_cli("check", _STUB)

    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr


# Not what Python itself imports in order to find a module by -m: that is over before we are there.
_SHADOWS = ("attr", "click", "jinja2", "json", "msgspec", "numpy", "queue", "random")


@pytest.mark.parametrize("arguments", [["check"], ["grade"], ["batch", "-o", "out"]])
def test_files_of_the_working_folder_stand_in_for_no_library(
    arguments: list[str], run_cli: Run, tmp_path: Path
) -> None:
    handed_in = tmp_path / "class" / "anna.py"
    handed_in.parent.mkdir()
    handed_in.write_bytes(Path(_REFERENCE).read_bytes())
    for name in _SHADOWS:
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported')\n", encoding="utf-8")
    what = handed_in.parent if arguments[0] == "batch" else handed_in

    done = run_cli(*arguments, what, "-a", _BACKPROP, cwd=tmp_path)

    assert (done.returncode, "imported" in done.stdout + done.stderr) == (0, False)


def test_check_needs_no_key(run_cli: Run) -> None:
    done = run_cli("check", _REFERENCE, "-a", _BACKPROP, env=_KEYLESS)

    assert done.returncode == 0


def test_a_bad_mark_is_no_error(run_cli: Run, tmp_path: Path) -> None:
    done = run_cli("grade", _STUB, "--report", str(tmp_path / "page.html"))

    assert done.returncode == 0
    assert f"Report: {tmp_path / 'page.html'}" in done.stdout.replace("\n", "")


def test_the_report_lands_in_the_working_folder(run_cli: Run, tmp_path: Path) -> None:
    run_cli("grade", _STUB, cwd=tmp_path)

    assert (
        (tmp_path / "layers.report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    )


def test_two_runs_write_equal_bytes(run_cli: Run, tmp_path: Path) -> None:
    for name in ("a", "b"):
        run_cli("grade", _STUB, "--json", str(tmp_path / name), cwd=tmp_path)

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() != b""


def test_json_goes_to_standard_output_alone(run_cli: Run, tmp_path: Path) -> None:
    done = run_cli("grade", _REFERENCE, "-a", _BACKPROP, "--json", "-", cwd=tmp_path)

    assert json.loads(done.stdout)["points"] == 10


def test_in_ci_a_missing_key_stops_the_grading(run_cli: Run, tmp_path: Path) -> None:
    done = run_cli("grade", _STUB, env=_KEYLESS, cwd=tmp_path)

    assert done.returncode == 2
    assert "Next: set GRADER_KEY" in done.stderr


def test_a_new_key_draws_for_one_run(run_cli: Run, tmp_path: Path) -> None:
    ids = set()
    for _ in range(2):
        done = run_cli("grade", _STUB, "--new-key", "--json", "-", env=_KEYLESS, cwd=tmp_path)
        ids.add(json.loads(done.stdout)["key_id"])

    assert len(ids) == 2


@pytest.mark.parametrize("name", ["nowhere.py", "nowhere.ipynb", "nowhere.zip"])
def test_a_missing_file_is_a_line_and_a_next_step(run_cli: Run, name: str) -> None:
    done = run_cli("grade", name, "-a", _BACKPROP)

    assert done.returncode == 2
    assert "Next:" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unclear_assignment_is_told(run_cli: Run, tmp_path: Path) -> None:
    (tmp_path / "layers.py").write_text("x = 1\n")

    done = run_cli("grade", str(tmp_path / "layers.py"), cwd=tmp_path)

    assert done.returncode == 2
    assert "--assignment" in done.stderr


def test_a_batch_goes_on_past_what_cannot_be_read(run_cli: Run, tmp_path: Path) -> None:
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "ada.py").write_bytes(Path(_REFERENCE).read_bytes())
    (folder / "bob.ipynb").write_text("{}")
    (folder / "cy.py").write_bytes(Path(_STUB).read_bytes())

    done = run_cli("batch", str(folder), "-o", str(tmp_path / "out"), "-a", _BACKPROP)

    assert done.returncode == 4
    assert len(list((tmp_path / "out" / "reports").iterdir())) == 2
    table = (tmp_path / "out" / "grades.csv").read_text().splitlines()
    assert [row.split(",")[:3] for row in table[1:]] == [
        ["ada", "ada.py", "10"],
        ["bob", "", ""],
        ["cy", "cy.py", "0"],
    ]
    assert "bob" in (tmp_path / "out" / "index.html").read_text()


@pytest.mark.parametrize(("file", "code"), [(_REFERENCE, 0), (_STUB, 1)])
def test_ci_finds_and_grades_the_submission_of_a_checkout(
    run_cli: Run, tmp_path: Path, file: str, code: int
) -> None:
    checkout = tmp_path / "checkout"
    (checkout / "src").mkdir(parents=True)
    (checkout / "src" / "layers.py").write_bytes(Path(file).read_bytes())
    (checkout / ".grader.toml").write_text(f'assignment = "{_BACKPROP}"\n')

    done = run_cli("ci", "--pass-mark", "50", cwd=checkout)

    assert done.returncode == code
    assert (checkout / "grader-junit.xml").exists()
    assert (checkout / "grader-report.html").exists()


def test_a_stale_notebook_stops_the_grading(run_cli: Run, tmp_path: Path) -> None:
    for part in ("assignments/backprop", "solutions/backprop"):
        target = tmp_path / part
        target.mkdir(parents=True)
        for file in (_ROOT / part).iterdir():
            if file.is_file():
                (target / file.name).write_bytes(file.read_bytes())
    notebook = tmp_path / "assignments" / "backprop" / "notebook.ipynb"
    notebook.write_text(notebook.read_text().replace("20.1 20.1 20.1", "20.1 20.2 20.1", 1))

    done = run_cli("grade", str(tmp_path / "assignments" / "backprop" / "layers.py"), cwd=tmp_path)

    assert done.returncode == 4
    assert "case:weights-batch" in done.stderr
    assert "20.1 20.2 20.1" in done.stderr
    assert "20.1 20.1 20.1" in done.stderr
