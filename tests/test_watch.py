"""`check --watch`: real editors' ways to save, a real terminal, and nothing left when it ends."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
import watchfiles

from grader.cli.watch import wakes
from tests.builders import TOY, write_assignment
from tests.conftest import BACKPROP, ROOT, RunCli
from tests.terminal import Session, ended, on_terminal

RIGHT = (ROOT / "solutions" / "backprop" / "layers.py").read_bytes()
WRONG = (ROOT / "tests" / "corpus" / "sample" / "layers.py").read_bytes()
STUB = (BACKPROP / "layers.py").read_bytes()
_AGAIN = "to try again; Ctrl-C ends."
_MORE, _RIGHT_NOW = "points more than", "Right now, and not before"
_INTERRUPT = b"\x03"
Changes = set[watchfiles.main.FileChange]
# Longer than it takes to look at a file that has changed and to be patient with one that is empty.
_UNTIL_SEEN = 1.5


class Watch(Protocol):
    """Watches a file on a terminal."""

    def __call__(self, *command: str | Path) -> AbstractContextManager[Session]: ...


@pytest.fixture
def watch(cli_environment: Mapping[str, str]) -> Watch:
    @contextmanager
    def watching(*command: str | Path) -> Iterator[Session]:
        with on_terminal(["check", "--watch", *command], cli_environment) as session:
            yield session

    return watching


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    path = folder / "layers.py"
    path.write_bytes(STUB)
    return path


def replace(path: Path, data: bytes) -> None:
    """Save as many editors do: all of it beside the file, and then in its place."""
    beside = path.with_name(f".{path.name}.tmp")
    beside.write_bytes(data)
    beside.replace(path)


# --- it draws again -------------------------------------------------------------------------------


def test_each_save_is_tried(watch: Watch, file: Path) -> None:
    with watch(file, "-a", BACKPROP) as session:
        first = session.until(_AGAIN)
        file.write_bytes(WRONG)
        second = session.until(_AGAIN)
        replace(file, RIGHT)
        third = session.until(_AGAIN)

    assert "0 of 10 points on the public cases" in first
    assert "5.917 of 10 points on the public cases" in second
    assert "Everything is right on the public cases." in third


def test_what_earns_more_than_before_is_told(watch: Watch, file: Path) -> None:
    with watch(file, "-a", BACKPROP) as session:
        first = session.until(_AGAIN)
        replace(file, WRONG)
        better = session.until(_AGAIN)
        replace(file, STUB)
        worse = session.until(_AGAIN)

    better = " ".join(better.split())
    assert "5.917 points more than at your last attempt: 0 then, 5.917 now." in better
    (right,) = re.findall(r"Right now, and not before: (.*?)\.(?: |$)", better)
    assert "`Layer_Dense.dweights`" in right
    assert "`Layer_Dense.dbiases`" not in right
    assert not any(praise in told for told in (first, worse) for praise in (_MORE, _RIGHT_NOW))
    assert "Right in fewer cases than before: " in worse


def test_mending_a_slip_of_the_keyboard_is_no_progress(watch: Watch, file: Path) -> None:
    file.write_bytes(WRONG)
    with watch(file, "-a", BACKPROP) as session:
        session.until(_AGAIN)
        replace(file, b"def" + WRONG)
        slipped = session.until(_AGAIN)
        replace(file, WRONG)
        mended = session.until(_AGAIN)

    assert "cannot be read as Python" in slipped
    assert "5.917 of 10 points" in mended
    assert not any(praise in mended for praise in (_MORE, _RIGHT_NOW))


def test_the_page_is_written_each_time(watch: Watch, file: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    with watch(file, "-a", BACKPROP, "--report", page) as session:
        assert "Report: " in session.until(_AGAIN)
        first = page.read_text(encoding="utf-8")
        replace(file, RIGHT)
        session.until(_AGAIN)

    assert "Fix this first" in first
    assert "Fix this first" not in page.read_text(encoding="utf-8")


def test_a_changed_assignment_is_a_new_trial(watch: Watch, tmp_path: Path) -> None:
    assignment = write_assignment(tmp_path)
    manifest = assignment / "assignment.toml"
    file = tmp_path / "toy.py"
    file.write_text(TOY)
    with watch(file, "-a", assignment) as session:
        first = session.until(_AGAIN)
        text = manifest.read_text(encoding="utf-8")
        replace(manifest, text.replace("points = 2", "points = 5").encode())
        second = session.until(_AGAIN)
        replace(manifest, b"title = ")
        broken = session.until(_AGAIN)
        replace(manifest, text.encode())
        third = session.until(_AGAIN)

    assert "2 of 2 points" in first
    assert "5 of 5 points" in second
    assert "Error: " in broken
    assert "2 of 2 points" in third


def test_a_folder_is_watched_with_what_is_in_it(watch: Watch, file: Path) -> None:
    with watch(file.parent, "-a", BACKPROP) as session:
        session.until(_AGAIN)
        replace(file, RIGHT)

        assert "10 of 10 points" in session.until(_AGAIN)


def test_of_two_saves_the_last_counts(watch: Watch, file: Path) -> None:
    with watch(file, "-a", BACKPROP) as session:
        session.until(_AGAIN)
        file.write_bytes(WRONG)
        time.sleep(0.05)
        file.write_bytes(RIGHT)

        assert "Everything is right" in session.until("Everything is right")


def test_where_the_system_has_no_more_watches_files_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = watchfiles.watch

    def none_left(*paths: Path, **options: Any) -> Iterator[Changes]:  # noqa: ANN401 - as it has
        if not options["force_polling"]:
            raise OSError("OS file watch limit reached")
        yield from real(*paths, **options)

    monkeypatch.setattr(watchfiles, "watch", none_left)
    woken = wakes([tmp_path], is_deep=False)
    assert next(woken)
    (tmp_path / "layers.py").write_bytes(RIGHT)

    assert next(one for one in woken if one)


# --- it is patient --------------------------------------------------------------------------------


def test_equal_bytes_are_not_tried_again(watch: Watch, file: Path) -> None:
    with watch(file, "-a", BACKPROP) as session:
        session.until(_AGAIN)
        file.write_bytes(STUB)
        time.sleep(_UNTIL_SEEN)
        replace(file, STUB)
        time.sleep(_UNTIL_SEEN)
        replace(file, RIGHT)
        second = session.until("10 of 10 points")

    assert second.count("Trying") == 1


def test_a_file_that_is_emptied_and_then_written_is_tried_once(watch: Watch, file: Path) -> None:
    file.write_bytes(WRONG)
    with watch(file, "-a", BACKPROP) as session:
        session.until(_AGAIN)
        file.write_bytes(b"")
        time.sleep(0.2)
        file.write_bytes(RIGHT)
        second = session.until("10 of 10 points")

    assert second.count("Trying") == 1


def test_a_file_that_is_away_for_a_moment_is_not_missed(watch: Watch, file: Path) -> None:
    with watch(file, "-a", BACKPROP) as session:
        session.until(_AGAIN)
        file.unlink()
        time.sleep(0.2)
        file.write_bytes(RIGHT)
        second = session.until("10 of 10 points")

    assert "Error" not in second


def test_a_file_that_is_gone_is_told_and_waited_for(watch: Watch, file: Path) -> None:
    with watch(file, "-a", BACKPROP) as session:
        session.until(_AGAIN)
        file.unlink()
        gone = session.until(_AGAIN)
        file.write_bytes(RIGHT)
        back = session.until(_AGAIN)

    assert "cannot be read: No such file or directory" in " ".join(gone.split())
    assert "10 of 10 points" in back


def test_a_file_that_stays_empty_is_tried(watch: Watch, file: Path) -> None:
    file.write_bytes(WRONG)
    with watch(file, "-a", BACKPROP) as session:
        session.until(_AGAIN)
        file.write_bytes(b"")

        assert "0 of 10 points" in session.until(_AGAIN)


def test_a_folder_that_is_made_anew_is_watched_again(watch: Watch, file: Path) -> None:
    with watch(file, "-a", BACKPROP) as session:
        session.until(_AGAIN)
        shutil.rmtree(file.parent)
        assert "Error" in session.until(_AGAIN)
        file.parent.mkdir()
        file.write_bytes(WRONG)
        assert "5.917 of 10 points" in session.until(_AGAIN)
        replace(file, RIGHT)
        assert "10 of 10 points" in session.until(_AGAIN)


def test_a_notebook_is_tried_as_jupyter_saves_it(watch: Watch, file: Path) -> None:
    notebook = file.with_suffix(".ipynb")

    def cells(source: bytes) -> bytes:
        cell = {"cell_type": "code", "source": source.decode(), "outputs": [], "metadata": {}}
        return json.dumps({"cells": [cell], "nbformat": 4, "nbformat_minor": 5}).encode()

    def save(data: bytes) -> None:
        """Save as Jupyter does: what was there is put aside until the new one is written."""
        aside = notebook.with_name(f".~{notebook.name}")
        shutil.copy2(notebook, aside)
        notebook.write_bytes(data)
        aside.unlink()

    notebook.write_bytes(cells(STUB))
    with watch(notebook, "-a", BACKPROP) as session:
        session.until(_AGAIN)
        save(cells(WRONG))
        wrong = session.until(_AGAIN)
        save(cells(RIGHT)[:-50])
        half = session.until(_AGAIN)
        save(cells(RIGHT))
        right = session.until(_AGAIN)

    assert "5.917 of 10 points" in wrong
    assert "In your file: code cell 1, line 17" in wrong
    assert "is no notebook that can be read" in " ".join(half.split())
    assert "10 of 10 points" in right


# --- it ends --------------------------------------------------------------------------------------


def test_ctrl_c_ends_it_and_all_that_it_started(watch: Watch, file: Path) -> None:
    with watch(file, "-a", BACKPROP) as session:
        session.until(_AGAIN)
        started = session.children()
        session.type(_INTERRUPT)
        session.rest()
        code = session.process.wait()

    assert code == 130
    assert started
    assert ended(started)


def test_ctrl_c_ends_it_in_the_middle_of_a_trial(watch: Watch, file: Path) -> None:
    with watch(file, "-a", BACKPROP) as session:
        session.until(_AGAIN)
        idle = session.children()
        file.write_bytes(RIGHT + b"\nwhile True: pass\nclass Endless:\n    while True: pass\n")
        while not session.children() - idle:
            time.sleep(0.01)
        started = session.children()
        session.type(_INTERRUPT)
        rest = session.rest()
        code = session.process.wait()

    assert code == 130
    assert _AGAIN not in rest
    assert ended(started)


def test_a_terminal_that_is_closed_leaves_nothing(watch: Watch, file: Path) -> None:
    with watch(file, "-a", BACKPROP) as session:
        session.until(_AGAIN)
        started = session.children()
        session.process.send_signal(signal.SIGHUP)
        session.process.wait()

        assert started
        assert ended(started)


@pytest.mark.parametrize("name", ["nowhere.py", "no-folder/layers.py"])
def test_a_file_that_never_was_ends_it(run_cli: RunCli, tmp_path: Path, name: str) -> None:
    done = run_cli("check", "--watch", tmp_path / name, "-a", BACKPROP)

    assert done.returncode == 2
    assert "Next: check the path" in done.stderr


def test_without_a_terminal_it_tells_plain_lines(
    cli_environment: dict[str, str], file: Path
) -> None:
    command = [sys.executable, "-m", "grader", "check", "--watch", str(file), "-a", str(BACKPROP)]
    with subprocess.Popen(
        command, env=cli_environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        told = []
        for line in process.stdout:
            told.append(line.rstrip("\n"))
            if line.rstrip().endswith(_AGAIN):
                if len([one for one in told if one.endswith(_AGAIN)]) == 2:
                    break
                replace(file, RIGHT)
        os.kill(process.pid, signal.SIGINT)
        process.stdout.read()

    assert process.returncode == 130
    assert "0 of 10 points on the public cases" in told
    assert "10 of 10 points on the public cases" in told
    assert not any("\x1b" in line for line in told)
