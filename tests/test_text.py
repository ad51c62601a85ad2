"""The summary in a terminal: at any width, without colour, in any encoding."""

import io
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from rich.console import Console

from grader.model import Graded
from grader.report.text import summary
from tests.conftest import BACKPROP, ROOT, Grade
from tests.terminal import on_terminal, plain
from tests.test_plain import told

CORPUS = ROOT / "tests" / "corpus"
MISTAKES = ROOT / "solutions" / "backprop" / "mistakes"
SAMPLE = CORPUS / "sample" / "layers.py"
_COLOUR = re.compile(r"\x1b\[[0-9;]*(?:3[0-7]|9[0-7]|38|48)[0-9;]*m")


def shown(graded: Graded, width: int = 80) -> str:
    file = io.StringIO()
    Console(file=file, width=width, highlight=False).print(summary(told(graded)))
    return file.getvalue()


def test_points_are_in_words_and_a_bar(grade: Grade) -> None:
    said = shown(grade(MISTAKES / "leaky.py")).splitlines()

    assert re.fullmatch(r"6\.\d+ of 10 points", said[1])
    percent = int(said[2].split()[1])
    filled = 30 * percent // 100
    assert 60 <= percent < 70
    assert said[2] in {f"{'█' * n}{'░' * (30 - n)} {percent} %" for n in (filled, filled + 1)}


@pytest.mark.parametrize(("name", "bar"), [("reference", "█" * 30), ("stub", "░" * 30)])
def test_a_bar_is_full_for_all_points_alone(grade: Grade, name: str, bar: str) -> None:
    assert shown(grade(CORPUS / name / "layers.py")).splitlines()[2].split()[0] == bar


def test_outputs_have_a_sign_a_state_and_points(grade: Grade) -> None:
    said = shown(grade(MISTAKES / "leaky.py"))

    assert re.search(r"✓ right +Layer_Dense.dweights +2 / 2\s", said)
    assert re.search(r"✗ wrong +Activation_ReLU.dinputs +0\.\d+ / 2.5\s", said)
    assert re.search(r"… waiting +Activation_ReLU.contract", said)


def test_the_counter_example_stands_side_by_side(grade: Grade) -> None:
    said = shown(grade(MISTAKES / "leaky.py"))

    assert "    expected, shape (1, 1)    yours, shape (1, 1)" in said
    assert "≠0.02" in said


@pytest.mark.parametrize("width", [20, 30, 40, 60, 80, 200])
@pytest.mark.parametrize(
    "path",
    [
        SAMPLE,
        MISTAKES / "missing-transpose.py",
        MISTAKES / "hard-coded.py",
        CORPUS / "exception-of-its-own" / "layers.py",
    ],
    ids=lambda path: path.parent.name + "-" + path.stem,
)
def test_nothing_is_wider_than_the_terminal(grade: Grade, path: Path, width: int) -> None:
    said = shown(grade(path), width)

    assert max(map(len, said.splitlines())) <= width
    assert "Fix this first" in " ".join(said.split())


def test_what_a_student_writes_is_no_markup(grade: Grade, tmp_path: Path) -> None:
    path = tmp_path / "[red]layers[bold].py"
    path.write_bytes((MISTAKES / "leaky.py").read_bytes())

    assert "[red]layers[bold].py" in shown(grade(path))


# --- as a process ---------------------------------------------------------------------------------


def _check(environment: Mapping[str, str], path: Path = SAMPLE, columns: int = 80) -> str:
    with on_terminal(["check", path, "-a", BACKPROP], environment, columns) as session:
        session.rest()
        assert session.process.wait() == 1
        return session.printed


def test_a_terminal_has_colours(cli_environment: dict[str, str]) -> None:
    environment = {k: v for k, v in cli_environment.items() if k != "NO_COLOR"}

    assert _COLOUR.search(_check(environment | {"TERM": "xterm-256color"}))


@pytest.mark.parametrize("setting", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colours_can_be_refused(cli_environment: dict[str, str], setting: dict[str, str]) -> None:
    said = _check(cli_environment | setting)

    assert not _COLOUR.search(said)
    assert "✗ wrong" in plain(said.encode())


def test_a_dumb_terminal_gets_no_escapes(cli_environment: dict[str, str]) -> None:
    assert "\x1b" not in _check(cli_environment | {"TERM": "dumb"})


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_what_an_encoding_has_not_is_told_by_other_signs(
    cli_environment: dict[str, str], tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "λ-año-层.py"
    path.write_bytes((MISTAKES / "leaky.py").read_bytes())
    said = _check(cli_environment | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}, path)

    assert "a bug in grader" not in said
    assert "x wrong" in said
    assert "!0.02" in said
    assert "#" * 10 in said


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_pipe_of_another_encoding_is_no_failure(
    cli_environment: dict[str, str], encoding: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "grader", "check", SAMPLE, "-a", BACKPROP],
        env=cli_environment | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (1, b"")
    assert "+ right     Layer_Dense.dweights: 2 / 2" in done.stdout.decode(encoding)
