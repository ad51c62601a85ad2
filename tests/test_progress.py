"""How far a command is: a bar on a terminal, elsewhere few lines, the first and the last always."""

import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from grader.cli import progress
from grader.cli.progress import duration, track
from tests.conftest import BACKPROP, ROOT, RunCli

RIGHT = ROOT / "solutions" / "backprop" / "layers.py"


def course(folder: Path, students: int) -> Path:
    folder.mkdir()
    for number in range(students):
        shutil.copy(RIGHT, folder / f"{number}.py")
    return folder


def test_items_pass_and_few_lines_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(track(iter(range(5000)), 5000, "graded")) == list(range(5000))

    told = capsys.readouterr()
    first, last = told.err.splitlines()
    assert told.out == ""
    assert re.fullmatch(r"graded 1 of 5000, [0-9.]+ a second, .* left", first)
    assert re.fullmatch(r"graded 5000 of 5000 in [0-9]+ s, [0-9.]+ a second", last)


def test_where_it_takes_long_each_tenth_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_SECONDS", 0)
    assert sum(1 for _ in track(range(400), 400, "graded")) == 400

    counts = [int(line.split()[1]) for line in capsys.readouterr().err.splitlines()]
    assert counts == [1, *range(41, 400, 40), 400]


def test_one_item_has_one_line_and_none_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(track([], 0, "graded")) == []
    assert list(track(["a"], 1, "graded")) == ["a"]

    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.2, "0 s"), (99, "99 s"), (750, "12 min"), (7500, "2 h 5 min")]
)
def test_a_duration_in_words(seconds: float, told: str) -> None:
    assert duration(seconds) == told


def test_a_batch_without_a_terminal_tells_lines(run_cli: RunCli, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run_cli("batch", "-a", BACKPROP, course(tmp_path / "class", 3), "-o", out)

    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("graded ")]
    assert [line.split(",")[0].split(" in ")[0] for line in lines] == [
        "graded 1 of 3",
        "graded 3 of 3",
    ]
    assert "\x1b" not in done.stderr


def test_a_batch_on_a_terminal_draws_a_bar(
    cli_environment: Mapping[str, str], tmp_path: Path
) -> None:
    folder = course(tmp_path / "class", 3)
    command = [sys.executable, "-m", "grader", "batch", "-a", str(BACKPROP), str(folder)]
    terminal, theirs = pty.openpty()
    with subprocess.Popen(
        [*command, "-o", str(tmp_path / "out")],
        env=dict(cli_environment) | {"TERM": "xterm", "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
    ) as started:
        os.close(theirs)
        drawn = read_all(terminal)
        told = started.communicate()[0].decode()

    assert started.returncode == 0, drawn
    assert "3 submissions" in told
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn)
    assert re.search(r"graded ━+ 3/3 [0-9.]+/s 0:00:00", shown)
    assert drawn.rindex("\x1b[?25h") > drawn.rindex("\x1b[?25l")  # the cursor is back


def read_all(terminal: int) -> str:
    """Read what is written to a terminal, until nobody has it open."""
    data = bytearray()
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # so Linux says that the other side was closed
            part = b""
        if not part:
            os.close(terminal)
            return data.decode(errors="replace")
        data += part
