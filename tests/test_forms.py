"""A submission counts the same in whatever form it comes; what cannot be taken is refused."""

import io
import os
import stat
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import nbformat
import pytest

from grader.model import Scorecard
from tests.conftest import BACKPROP, ROOT, Grade, RunCli

IMPORTS = "import numpy as np\n"
DENSE = '''\
class Layer_Dense:
    """A fully connected layer."""

    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)
'''
RELU = """\
class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[{mask}] = 0
"""
TRAINING = """\
print("training")
plt.plot([1, 2, 3])
plt.show()
for epoch in range(10_000_000):
    layer = Layer_Dense(2, 3)
    layer.forward(np.ones((1, 2)))
"""
# The line of `self.dinputs[…] = 0`: in the notebook's cell of that class, and in the .py file.
MASK_LINE = 8
RELU_CELL = 4

MASKS = {
    "right": "self.inputs <= 0",
    "wrong": "dvalues <= 0",
    "crashing": "self.inptus <= 0",
}

Maker: TypeAlias = Callable[[Path, str], Path]


def source(mask: str) -> str:
    return "\n\n".join([IMPORTS, DENSE, RELU.format(mask=mask), TRAINING])


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=A Student", "-c", "user.email=a@example.org"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(
        ["git", *identity, *arguments],
        cwd=folder,
        env=kept | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
        check=True,
        capture_output=True,
    )


def make_py(folder: Path, mask: str) -> Path:
    path = folder / "layers.py"
    path.write_text(source(mask), encoding="utf-8")
    return path


def make_notebook(folder: Path, mask: str) -> Path:
    """Write what Jupyter writes: imports, magics, text and classes in cells of their own."""
    new: Any = nbformat.v4  # it has no annotations
    write: Any = nbformat.write
    cells = [
        new.new_markdown_cell("# Layers"),
        new.new_code_cell("%matplotlib inline\n!pip install numpy matplotlib\n" + IMPORTS),
        new.new_code_cell("import matplotlib.pyplot as plt"),
        new.new_markdown_cell("The layer:"),
        new.new_code_cell(DENSE),
        new.new_code_cell(RELU.format(mask=mask)),
        new.new_code_cell(TRAINING),
    ]
    path = folder / "layers.ipynb"
    write(new.new_notebook(cells=cells), path)
    return path


def make_zip(folder: Path, mask: str) -> Path:
    path = folder / "hand-in.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("hand-in/", "")
        archive.writestr("hand-in/layers.py", source(mask))
        archive.writestr("hand-in/plot.png", b"\x89PNG")
        archive.writestr("__MACOSX/hand-in/._layers.py", b"\0\5\26\7")
    return path


def make_folder(folder: Path, mask: str) -> Path:
    path = folder / "hand-in"
    (path / ".ipynb_checkpoints").mkdir(parents=True)
    (path / ".ipynb_checkpoints" / "layers.py").write_text("1/0\n", encoding="utf-8")
    make_py(path, mask)
    return path


FORMS: dict[str, Maker] = {"notebook": make_notebook, "zip": make_zip, "folder": make_folder}


def comparable(card: Scorecard) -> dict[str, Any]:
    """Return a scorecard without what may differ between forms of the same code."""
    plain: dict[str, Any] = msgspec.to_builtins(card)
    del plain["submission"], plain["notes"]
    for exercise in plain["exercises"]:
        for case in exercise["cases"]:
            case["error"] = case["error"] and case["error"]["type"]
    return plain


def printed(done: subprocess.CompletedProcess[str]) -> Scorecard:
    """Return the scorecard that `--json -` printed."""
    assert done.returncode == 0, done.stderr
    return msgspec.json.decode(done.stdout, type=Scorecard)


# --- equal scorecards -----------------------------------------------------------------------------


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("form", FORMS)
def test_a_form_gives_the_scorecard_of_the_file(
    grade: Grade, tmp_path: Path, form: str, mask: str
) -> None:
    plain = grade(make_py(tmp_path, mask)).scorecard
    other = grade(FORMS[form](tmp_path, mask)).scorecard

    assert comparable(other) == comparable(plain)


@pytest.mark.parametrize(("mask", "points"), [("right", "10"), ("wrong", None), ("crashing", "6")])
def test_the_three_implementations_are_what_they_are_called(
    grade: Grade, tmp_path: Path, mask: str, points: str | None
) -> None:
    card = grade(make_py(tmp_path, MASKS[mask])).scorecard
    kinds = {case.error.type for one in card.exercises for case in one.cases if case.error}

    assert points in (None, card.points_exact)
    assert (card.points == card.max_points) == (mask == "right")
    assert kinds == ({"AttributeError"} if mask == "crashing" else set())


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_a_git_revision_gives_the_scorecard_of_its_file(
    grade: Grade, run_cli: RunCli, tmp_path: Path, mask: str
) -> None:
    """The file on the disk has changed since, and is broken."""
    plain = grade(make_py(tmp_path, mask)).scorecard
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "layers.py")
    git(tmp_path, "commit", "-q", "-m", "hand in")
    (tmp_path / "layers.py").write_text("later = (\n", encoding="utf-8")
    git(tmp_path, "commit", "-q", "-a", "-m", "break it")

    args = ("-a", BACKPROP, "--json", "-")
    handed_in = run_cli("grade", "layers.py", "--revision", "HEAD~1", *args, cwd=tmp_path)
    newest = run_cli("grade", "layers.py", "--revision", "HEAD", *args, cwd=tmp_path)

    assert comparable(printed(handed_in)) == comparable(plain)
    assert printed(newest).points == 0


def test_the_command_line_gives_the_same_bytes_twice(run_cli: RunCli, tmp_path: Path) -> None:
    path = make_py(tmp_path, MASKS["wrong"])
    args = ("grade", path, "-a", BACKPROP, "--json", "-")

    first, second = run_cli(*args, cwd=tmp_path), run_cli(*args, cwd=tmp_path)

    assert first.returncode == 0
    assert first.stdout == second.stdout


def test_the_assignments_own_notebook_counts_as_its_classes_do(grade: Grade) -> None:
    notebook = grade(BACKPROP / "notebook.ipynb").scorecard
    classes = grade(ROOT / "tests" / "corpus" / "notebook-classes" / "layers.py").scorecard

    assert comparable(notebook) == comparable(classes)


def test_a_folder_of_a_revision_is_read_with_its_helpers(
    grade: Grade, run_cli: RunCli, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "helpers.py").write_text(IMPORTS + "\n\n" + RELU.format(mask=MASKS["right"]))
    (mine / "layers.py").write_text(f"from helpers import Activation_ReLU\n{IMPORTS}\n\n{DENSE}")
    (tmp_path / "layers.py").write_text("other = 1\n")
    plain = grade(mine).scorecard
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "hand in")
    (mine / "helpers.py").unlink()

    args = ("-a", BACKPROP, "--json", "-")
    done = run_cli("grade", "mine", "--revision", "HEAD", *args, cwd=tmp_path)

    assert plain.points_exact == "10"
    assert comparable(printed(done)) == comparable(plain)


# --- positions ------------------------------------------------------------------------------------


def error_of(card: Scorecard) -> tuple[str | None, int | None, int | None]:
    """Return file, cell and line of the first error that is told."""
    found = (case.error for one in card.exercises for case in one.cases if case.error is not None)
    first = next(found)
    return first.file, first.cell, first.line


def test_an_error_in_a_notebook_names_the_code_cell_and_its_line(
    grade: Grade, tmp_path: Path
) -> None:
    card = grade(make_notebook(tmp_path, MASKS["crashing"])).scorecard

    assert error_of(card) == ("layers.ipynb", RELU_CELL, MASK_LINE)


@pytest.mark.parametrize("form", [make_py, make_zip, make_folder])
def test_an_error_in_a_file_names_its_line(grade: Grade, tmp_path: Path, form: Maker) -> None:
    lines = source(MASKS["crashing"]).split("\n")

    card = grade(form(tmp_path, MASKS["crashing"])).scorecard

    file, cell, line = error_of(card)
    assert (file, cell) == ("layers.py", None)
    assert line is not None
    assert "self.inptus" in lines[line - 1]


def test_an_error_in_a_helper_names_the_helper(grade: Grade, tmp_path: Path) -> None:
    (tmp_path / "helpers.py").write_text(RELU.format(mask=MASKS["crashing"]))
    (tmp_path / "layers.py").write_text(f"from helpers import Activation_ReLU\n{IMPORTS}\n{DENSE}")

    card = grade(tmp_path).scorecard

    assert error_of(card)[0] == "helpers.py"


def test_magics_of_a_notebook_are_told_by_cell_and_line(grade: Grade, tmp_path: Path) -> None:
    notes = grade(make_notebook(tmp_path, MASKS["right"])).scorecard.notes

    assert "not run: magic `%matplotlib inline` (layers.ipynb, code cell 1, line 1)" in notes
    assert any("!pip install" in note and "code cell 1, line 2" in note for note in notes)


# --- what is refused ------------------------------------------------------------------------------


def zipped(path: Path, *entries: tuple[zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for info, data in entries:
            archive.writestr(info, data)
    return path


def entry(name: str, kind: int = stat.S_IFREG) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (kind | 0o644) << 16
    return info


def symlink(folder: Path) -> Path:
    make_py(folder, MASKS["right"])
    (folder / "link.py").symlink_to("layers.py")
    return folder / "link.py"


def symlink_in_a_folder(folder: Path) -> Path:
    inner = folder / "hand-in"
    inner.mkdir()
    (inner / "layers.py").symlink_to(make_py(folder, MASKS["right"]))
    return inner


def symlink_to_a_zip(folder: Path) -> Path:
    (folder / "link.zip").symlink_to(make_zip(folder, MASKS["right"]))
    return folder / "link.zip"


def fifo(folder: Path) -> Path:
    os.mkfifo(folder / "layers.py")
    return folder / "layers.py"


def fifo_in_a_folder(folder: Path) -> Path:
    fifo(folder)
    return folder


def fifo_named_zip(folder: Path) -> Path:
    os.mkfifo(folder / "layers.zip")
    return folder / "layers.zip"


def device(_: Path) -> Path:
    return Path("/dev/zero")


def oversize(folder: Path) -> Path:
    path = folder / "layers.py"
    path.write_bytes(b"#" * ((1 << 20) + 1))
    return path


def oversize_notebook(folder: Path) -> Path:
    path = folder / "layers.ipynb"
    path.write_bytes(b" " * ((20 << 20) + 1))
    return path


def oversize_cells(folder: Path) -> Path:
    path = folder / "layers.ipynb"
    cells = [{"cell_type": "code", "source": "#" * (1 << 19)} for _ in range(3)]
    path.write_bytes(msgspec.json.encode({"cells": cells}))
    return path


def zip_bomb(folder: Path) -> Path:
    path = folder / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("layers.py", b"#" * (16 << 20))
    return path


def zip_with_an_absolute_path(folder: Path) -> Path:
    return zipped(folder / "a.zip", (entry("/tmp/layers.py"), source("True").encode()))


def zip_with_a_path_upward(folder: Path) -> Path:
    return zipped(folder / "a.zip", (entry("../layers.py"), source("True").encode()))


def zip_with_a_path_upward_beside_a_right_file(folder: Path) -> Path:
    right = source(MASKS["right"]).encode()
    return zipped(folder / "a.zip", (entry("layers.py"), right), (entry("../layers.py"), right))


def zip_with_a_symlink(folder: Path) -> Path:
    return zipped(folder / "a.zip", (entry("layers.py", stat.S_IFLNK), b"/etc/passwd"))


def zip_cut_off(folder: Path) -> Path:
    path = make_zip(folder, MASKS["right"])
    path.write_bytes(path.read_bytes()[:-40])
    return path


def zip_of_garbage(folder: Path) -> Path:
    path = folder / "a.zip"
    path.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 8)
    return path


def zip_with_damaged_data(folder: Path, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Damage what is packed, not the directory: the archive opens, its file does not unpack."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr("layers.py", source(MASKS["right"]))
    data = bytearray(packed.getvalue())
    start = 30 + len("layers.py")
    data[start + 12 : start + 40] = b"\xff" * 28
    path = folder / "a.zip"
    path.write_bytes(data)
    return path


def zip_with_damaged_lzma(folder: Path) -> Path:
    return zip_with_damaged_data(folder, zipfile.ZIP_LZMA)


def zip_with_a_password(folder: Path) -> Path:
    path = make_zip(folder, MASKS["right"])
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        offset = archive.getinfo("hand-in/layers.py").header_offset
    data[offset + 6] |= 1
    first = data.index(b"PK\x01\x02")
    data[data.index(b"PK\x01\x02", first + 1) + 8] |= 1
    path.write_bytes(data)
    return path


def notebook_of_broken_json(folder: Path) -> Path:
    path = make_notebook(folder, MASKS["right"])
    path.write_bytes(path.read_bytes()[:-30])
    return path


def notebook_nested_deeply(folder: Path) -> Path:
    path = folder / "layers.ipynb"
    path.write_bytes(b'{"cells": [], "metadata": ' + b"[" * 200_000 + b"]" * 200_000 + b"}")
    return path


def notebook_of_an_old_format(folder: Path) -> Path:
    path = folder / "layers.ipynb"
    path.write_bytes(b'{"worksheets": [{"cells": []}], "nbformat": 3}')
    return path


def notebook_of_strange_types(folder: Path) -> Path:
    path = folder / "layers.ipynb"
    path.write_bytes(b'{"cells": [{"cell_type": "code", "source": {"lines": 3}}]}')
    return path


def notebook_with_lone_surrogates(folder: Path) -> Path:
    path = folder / "layers.ipynb"
    path.write_bytes(b'{"cells": [{"cell_type": "code", "source": "x = \'\\ud800\'"}]}')
    return path


def notebook_that_is_no_text(folder: Path) -> Path:
    path = folder / "layers.ipynb"
    path.write_bytes(b"\xff\xfe\x00{")
    return path


def two_candidates(folder: Path) -> Path:
    (folder / "one.py").write_text(source("True"))
    (folder / "two.py").write_text(source("True"))
    return folder


def two_forms_of_the_file(folder: Path) -> Path:
    (folder / "a").mkdir()
    (folder / "b").mkdir()
    make_py(folder / "a", MASKS["right"])
    make_py(folder / "b", MASKS["wrong"])
    return folder


def too_many_files(folder: Path) -> Path:
    for number in range(200):
        (folder / f"helper_{number}.py").write_text("x = 1\n")
    make_py(folder, MASKS["right"])
    return folder


def empty_folder(folder: Path) -> Path:
    return folder


def nothing(folder: Path) -> Path:
    return folder / "layers.py"


REFUSED = [
    symlink, symlink_in_a_folder, symlink_to_a_zip, fifo, fifo_in_a_folder, fifo_named_zip, device,
    oversize, oversize_notebook, oversize_cells, zip_bomb, zip_with_an_absolute_path,
    zip_with_a_path_upward, zip_with_a_path_upward_beside_a_right_file, zip_with_a_symlink,
    zip_cut_off, zip_of_garbage, zip_with_damaged_data,
    zip_with_damaged_lzma, zip_with_a_password, notebook_of_broken_json, notebook_nested_deeply,
    notebook_of_an_old_format, notebook_of_strange_types, notebook_with_lone_surrogates,
    notebook_that_is_no_text, two_candidates, two_forms_of_the_file, too_many_files, empty_folder,
    nothing,
]  # fmt: skip


def assert_refused(done: subprocess.CompletedProcess[str]) -> None:
    """One line says what happened, one what to do next; no traceback, no bug."""
    assert done.returncode in (2, 4), done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 2, done.stderr
    assert lines[0].startswith("Error: ")
    assert lines[1].startswith("  Next: ")
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("make", REFUSED, ids=lambda make: make.__name__)
def test_what_cannot_be_taken_is_refused_in_a_line(
    run_cli: RunCli, tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    handed_in = tmp_path / "in"
    handed_in.mkdir()
    path = make(handed_in)

    done = run_cli(
        "grade", path, "-a", BACKPROP, "--report", tmp_path / "report.html", cwd=tmp_path
    )

    assert_refused(done)
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize("revision", ["HEAD~5", "no-such-branch", "--help", "HEAD:layers.py", ""])
def test_a_revision_that_is_not_there_is_refused_in_a_line(
    run_cli: RunCli, tmp_path: Path, revision: str
) -> None:
    make_py(tmp_path, MASKS["right"])
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "layers.py")
    git(tmp_path, "commit", "-q", "-m", "hand in")

    args = (f"--revision={revision}", "-a", BACKPROP)
    done = run_cli("grade", "layers.py", *args, cwd=tmp_path)

    assert_refused(done)


def test_a_revision_outside_of_a_repository_is_refused_in_a_line(
    run_cli: RunCli, tmp_path: Path
) -> None:
    make_py(tmp_path, MASKS["right"])

    done = run_cli("grade", "layers.py", "--revision", "HEAD", "-a", BACKPROP, cwd=tmp_path)

    assert_refused(done)


def test_a_revision_without_the_file_does_not_grade_a_namesake(
    run_cli: RunCli, tmp_path: Path
) -> None:
    """Of `layers.py` at a revision, `old/layers.py` is another file."""
    (tmp_path / "old").mkdir()
    make_py(tmp_path / "old", MASKS["right"])
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "before the file was there")
    make_py(tmp_path, MASKS["wrong"])

    done = run_cli("grade", "layers.py", "--revision", "HEAD", "-a", BACKPROP, cwd=tmp_path)

    assert_refused(done)


def test_a_link_in_a_revision_is_not_followed(run_cli: RunCli, tmp_path: Path) -> None:
    make_py(tmp_path, MASKS["right"]).rename(tmp_path / "secret.txt")
    (tmp_path / "layers.py").symlink_to("secret.txt")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "hand in")

    done = run_cli("grade", "layers.py", "--revision", "HEAD", "-a", BACKPROP, cwd=tmp_path)

    assert_refused(done)
