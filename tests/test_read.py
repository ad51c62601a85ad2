"""Any form of a submission to one record; nothing that is no plain file, nothing too large."""

import contextlib
import io
import json
import os
import random
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from grader.errors import SubmissionError, UsageError
from grader.model import Submission
from grader.submission.read import (
    MAX_FILES,
    MAX_NOTEBOOK,
    MAX_PYTHON,
    is_source,
    make_submission,
    read_submission,
)

_WANTED = ("layers.py",)
_SOURCE = b"x = 1\n"


def write(path: Path, data: bytes = _SOURCE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def zipped(path: Path, entries: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def read(path: Path) -> Submission:
    return read_submission(path, _WANTED)


def refusal(path: Path) -> str:
    with pytest.raises(SubmissionError) as caught:
        read(path)
    assert caught.value.hint
    return caught.value.message


def code(source: object, kind: str = "code") -> dict[str, object]:
    return {"cell_type": kind, "source": source, "metadata": {}, "outputs": []}


def notebook(path: Path, cells: Iterable[object], **fields: object) -> Path:
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **fields}
    return write(path, json.dumps(content).encode())


# --- a file ---------------------------------------------------------------------------------------


def test_a_file_is_read_as_bytes(tmp_path: Path) -> None:
    source = b"# -*- coding: latin-1 -*-\r\nname = '\xe9'\n"
    made = read(write(tmp_path / "layers.py", source))

    assert made.main.cells == (source,)
    assert (made.main.name, made.main.is_notebook, made.helpers) == ("layers.py", False, ())


def test_a_student_is_named_after_the_file(tmp_path: Path) -> None:
    made = read(write(tmp_path / "anna.py"))

    assert (made.name, made.student, made.received_at) == ("anna.py", "anna", None)


def test_a_student_may_be_named_otherwise(tmp_path: Path) -> None:
    assert read_submission(write(tmp_path / "a.py"), _WANTED, "Anna").student == "Anna"


def test_the_digest_follows_name_and_content(tmp_path: Path) -> None:
    first = read(write(tmp_path / "a" / "layers.py"))
    same = read(write(tmp_path / "b" / "layers.py"))
    other = read(write(tmp_path / "c" / "layers.py", b"x = 2\n"))

    assert first.sha256 == same.sha256 != other.sha256


def test_a_file_that_is_not_there_is_the_callers_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read(tmp_path / "layers.py")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    assert "holds no .py or .ipynb" in refusal(write(tmp_path / "answers.txt"))


@pytest.mark.parametrize("name", ["LAYERS.PY", "layers.Py"])
def test_a_suffix_may_be_in_capitals(tmp_path: Path, name: str) -> None:
    assert read(write(tmp_path / name)).main.cells == (_SOURCE,)


def test_a_notebook_in_capitals_is_a_notebook(tmp_path: Path) -> None:
    assert read(notebook(tmp_path / "LAYERS.IPYNB", [code("x")])).main.is_notebook


def test_an_empty_file_is_a_submission(tmp_path: Path) -> None:
    assert read(write(tmp_path / "layers.py", b"")).main.cells == (b"",)


# --- caps -----------------------------------------------------------------------------------------


def test_a_file_may_be_as_large_as_its_cap(tmp_path: Path) -> None:
    made = read(write(tmp_path / "layers.py", bytes(MAX_PYTHON)))

    assert len(made.main.cells[0]) == MAX_PYTHON


def test_a_file_of_one_byte_more_is_refused(tmp_path: Path) -> None:
    assert "larger than 1024 kB" in refusal(write(tmp_path / "layers.py", bytes(MAX_PYTHON + 1)))


def test_a_notebook_may_be_larger_but_not_without_end(tmp_path: Path) -> None:
    path = tmp_path / "layers.ipynb"
    path.touch()
    os.truncate(path, MAX_NOTEBOOK + 1)

    assert "larger than 20480 kB" in refusal(path)


def test_the_code_of_a_notebook_is_capped_like_a_file(tmp_path: Path) -> None:
    half = "x" * (MAX_PYTHON // 2 + 1)
    path = notebook(tmp_path / "layers.ipynb", [code(half), code(half)])

    assert "code cells of layers.ipynb" in refusal(path)


def test_outputs_of_a_notebook_do_not_count(tmp_path: Path) -> None:
    path = notebook(tmp_path / "layers.ipynb", [code("x") | {"outputs": ["y" * 2 * MAX_PYTHON]}])

    assert read(path).main.cells == (b"x",)


def test_a_helper_is_capped_too(tmp_path: Path) -> None:
    write(tmp_path / "hw" / "layers.py")
    write(tmp_path / "hw" / "data.py", bytes(MAX_PYTHON + 1))

    assert "data.py is larger" in refusal(tmp_path / "hw")


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    for number in range(MAX_FILES + 1):
        write(tmp_path / "hw" / f"{number}.py")

    assert f"more than {MAX_FILES}" in refusal(tmp_path / "hw")


def test_an_entry_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "hw.zip", {"layers.py": bytes(100 * MAX_PYTHON)})

    assert bomb.stat().st_size < MAX_PYTHON
    assert "layers.py is larger" in refusal(bomb)


# --- no plain file --------------------------------------------------------------------------------


def test_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "layers.py").symlink_to(write(tmp_path / "secret.py"))

    assert "layers.py cannot be read" in refusal(tmp_path / "layers.py")


def test_a_link_in_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hw").mkdir()
    (tmp_path / "hw" / "layers.py").symlink_to(write(tmp_path / "secret.py"))

    assert "layers.py cannot be read" in refusal(tmp_path / "hw")


def test_a_link_to_nothing_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "layers.py").symlink_to(tmp_path / "nothing.py")

    with pytest.raises(UsageError):
        read(tmp_path / "layers.py")


def test_a_linked_folder_is_not_entered(tmp_path: Path) -> None:
    write(tmp_path / "secret" / "layers.py")
    write(tmp_path / "hw" / "own.py")
    (tmp_path / "hw" / "linked").symlink_to(tmp_path / "secret")

    assert read(tmp_path / "hw").main.name == "own.py"


def test_a_link_to_a_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hw.zip").symlink_to(zipped(tmp_path / "other.zip", {"layers.py": _SOURCE}))

    refusal(tmp_path / "hw.zip")


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "layers.py")

    assert "no regular file" in refusal(tmp_path / "layers.py")


def test_a_pipe_in_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hw").mkdir()
    os.mkfifo(tmp_path / "hw" / "layers.py")

    assert "no regular file" in refusal(tmp_path / "hw")


def test_a_pipe_that_is_called_a_zip_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "hw.zip")
    code = (
        "import sys, pathlib\n"
        "from grader.errors import SubmissionError\n"
        "from grader.submission.read import read_submission\n"
        "try: read_submission(pathlib.Path(sys.argv[1]), ('layers.py',))\n"
        "except SubmissionError: print('refused')\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "hw.zip")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)

    assert done.stdout == "refused\n"


def test_a_device_is_refused() -> None:
    assert "no regular file" in refusal(Path("/dev/null"))


# --- a folder -------------------------------------------------------------------------------------


def test_of_a_folder_the_wanted_file_is_graded(tmp_path: Path) -> None:
    write(tmp_path / "hw" / "layers.py", b"main = 1\n")
    write(tmp_path / "hw" / "tools" / "more.py", b"more = 1\n")
    write(tmp_path / "hw" / "other.py", b"other = 1\n")
    made = read(tmp_path / "hw")

    assert made.main.cells == (b"main = 1\n",)
    assert [(one.name, one.cells) for one in made.helpers] == [
        ("other.py", (b"other = 1\n",)),
        ("tools/more.py", (b"more = 1\n",)),
    ]


@pytest.mark.parametrize(
    "name",
    [
        ".layers.py",
        ".git/layers.py",
        ".ipynb_checkpoints/layers.py",
        "__MACOSX/layers.py",
        "__MACOSX/._layers.py",
        "__pycache__/layers.py",
        "a/.hidden/layers.py",
        "layers.pyc",
        "layers.txt",
    ],
)
def test_hidden_and_other_files_are_not_looked_at(tmp_path: Path, name: str) -> None:
    write(tmp_path / "hw" / "layers.py")
    write(tmp_path / "hw" / name, b"\x00")

    assert not is_source(name)
    assert read(tmp_path / "hw").helpers == ()


def test_a_wanted_name_wins_over_its_stem_and_that_over_any_other(tmp_path: Path) -> None:
    write(tmp_path / "hw" / "mine.py")
    assert read(tmp_path / "hw").main.name == "mine.py"

    notebook(tmp_path / "hw" / "layers.ipynb", [])
    assert read(tmp_path / "hw").main.name == "layers.ipynb"

    write(tmp_path / "hw" / "layers.py")
    assert read(tmp_path / "hw").main.name == "layers.py"


def test_the_one_nearest_to_the_top_is_graded(tmp_path: Path) -> None:
    write(tmp_path / "hw" / "src" / "layers.py", b"new\n")
    write(tmp_path / "hw" / "src" / "old" / "layers.py", b"old\n")

    assert read(tmp_path / "hw").main.cells == (b"new\n",)


def test_helpers_are_named_from_the_folder_of_the_graded_file(tmp_path: Path) -> None:
    write(tmp_path / "hw" / "src" / "layers.py")
    write(tmp_path / "hw" / "src" / "tools.py")
    write(tmp_path / "hw" / "setup.py")

    assert [one.name for one in read(tmp_path / "hw").helpers] == ["tools.py"]


def test_two_that_could_be_meant_are_both_named(tmp_path: Path) -> None:
    write(tmp_path / "hw" / "a.py")
    write(tmp_path / "hw" / "b.py")

    assert "a.py, b.py" in refusal(tmp_path / "hw")


def test_two_of_the_wanted_name_are_both_named(tmp_path: Path) -> None:
    write(tmp_path / "hw" / "new" / "layers.py")
    write(tmp_path / "hw" / "old" / "layers.py")

    assert "new/layers.py, old/layers.py" in refusal(tmp_path / "hw")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    assert "holds no .py or .ipynb" in refusal(tmp_path)


def test_a_file_name_of_other_bytes_does_no_harm(tmp_path: Path) -> None:
    write(tmp_path / "hw" / "layers.py")
    name = os.fsencode(tmp_path / "hw") + b"/caf\xe9.py"
    with open(name, "wb") as file:  # noqa: PTH123 - a path of bytes
        file.write(_SOURCE)

    with contextlib.suppress(SubmissionError):
        assert read(tmp_path / "hw").main.name == "layers.py"


# --- a zip ----------------------------------------------------------------------------------------


def test_a_zip_with_the_file_in_a_folder_is_read(tmp_path: Path) -> None:
    entries = {
        "hw1/layers.py": b"main\n",
        "hw1/tools.py": b"tools\n",
        "__MACOSX/hw1/._layers.py": b"",
    }
    made = read(zipped(tmp_path / "hw.zip", entries))

    assert (made.name, made.main.name, made.main.cells) == ("hw.zip", "layers.py", (b"main\n",))
    assert [one.name for one in made.helpers] == ["tools.py"]


def test_a_zip_a_folder_and_a_file_are_the_same_submission(tmp_path: Path) -> None:
    file = write(tmp_path / "hw" / "layers.py")
    made = [
        read(zipped(tmp_path / "hw.zip", {"layers.py": _SOURCE})),
        read(file.parent),
        read(file),
    ]

    assert len({one.sha256 for one in made}) == 1


def test_an_upper_case_suffix_is_a_zip_too(tmp_path: Path) -> None:
    assert read(zipped(tmp_path / "HW.ZIP", {"layers.py": _SOURCE})).main.name == "layers.py"


@pytest.mark.parametrize(
    "name", ["../layers.py", "/layers.py", "a/../../layers.py", "a\\layers.py"]
)
def test_an_entry_that_points_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    refusal(zipped(tmp_path / "hw.zip", {name: _SOURCE}))


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("layers.py")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "hw.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")

    assert "no regular file" in refusal(tmp_path / "hw.zip")


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    assert "hw.zip cannot be unpacked" in refusal(write(tmp_path / "hw.zip", b"no zip"))


def test_a_zip_with_two_entries_of_one_name_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "hw.zip", "w") as archive:
        archive.writestr("layers.py", _SOURCE)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("layers.py", b"x = 2\n")

    assert "two entries of one name" in refusal(tmp_path / "hw.zip")


def test_a_zip_with_an_entry_of_no_name_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped(tmp_path / "hw.zip", {"x": b""}).read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 28], data[at + 30] = 0, 1  # no name, and the letter that was it is an extra field

    refusal(write(tmp_path / "hw.zip", bytes(data)))


def test_a_zip_with_a_password_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped(tmp_path / "hw.zip", {"layers.py": _SOURCE}).read_bytes())
    data[data.index(b"PK\x03\x04") + 6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1

    assert "cannot be unpacked" in refusal(write(tmp_path / "hw.zip", bytes(data)))


def test_a_zip_whose_data_are_broken_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped(tmp_path / "hw.zip", {"layers.py": _SOURCE * 100}).read_bytes())
    data[30 + len("layers.py")] = 0xFF

    assert "cannot be unpacked" in refusal(write(tmp_path / "hw.zip", bytes(data)))


def test_a_zip_whose_names_are_no_utf8_is_refused(tmp_path: Path) -> None:
    data = zipped(tmp_path / "hw.zip", {"layérs.py": _SOURCE}).read_bytes()
    broken = data.replace("é".encode(), b"\xff\xff")

    assert "cannot be unpacked" in refusal(write(tmp_path / "hw.zip", broken))


@pytest.mark.parametrize("seed", range(8))
def test_a_zip_of_any_bytes_is_read_or_refused(tmp_path: Path, seed: int) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("hw/layers.py", _SOURCE * 20)
        archive.writestr("hw/é.py", _SOURCE * 20)
    rng = random.Random(seed)

    for _ in range(50):
        data = bytearray(made.getvalue())
        for _ in range(rng.randint(1, 6)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        with contextlib.suppress(SubmissionError):
            read(write(tmp_path / "hw.zip", bytes(data)))


# --- a notebook -----------------------------------------------------------------------------------


def test_the_code_cells_of_a_notebook_are_taken_in_order(tmp_path: Path) -> None:
    cells = [code("a = 1"), code("# text", "markdown"), code(["b = 2\n", "c = 3"]), code("", "raw")]
    made = read(notebook(tmp_path / "layers.ipynb", cells))

    assert made.main.is_notebook
    assert made.main.cells == (b"a = 1", b"b = 2\nc = 3")


def test_a_cell_without_source_is_empty(tmp_path: Path) -> None:
    path = notebook(tmp_path / "layers.ipynb", [{"cell_type": "code"}, code([])])

    assert read(path).main.cells == (b"", b"")


def test_a_byte_order_mark_is_no_harm(tmp_path: Path) -> None:
    path = notebook(tmp_path / "layers.ipynb", [code("x")])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert read(path).main.cells == (b"x",)


def test_text_beyond_ascii_is_kept(tmp_path: Path) -> None:
    path = notebook(tmp_path / "layers.ipynb", [code("s = 'é😀'")])

    assert read(path).main.cells == ("s = 'é😀'".encode(),)


def test_a_notebook_of_format_3_says_what_to_do(tmp_path: Path) -> None:
    old = {"nbformat": 3, "worksheets": [{"cells": [code("x")]}], "metadata": {}}
    path = write(tmp_path / "layers.ipynb", json.dumps(old).encode())

    with pytest.raises(SubmissionError, match="cells") as caught:
        read(path)
    assert "format 4" in caught.value.hint


_BROKEN = [
    pytest.param(b"", id="empty"),
    pytest.param(b"{", id="cut off"),
    pytest.param(b"[]", id="a list"),
    pytest.param(b'{"cells": {}}', id="cells that are none"),
    pytest.param(b'{"cells": [1]}', id="a cell that is none"),
    pytest.param(b'{"cells": [{"source": "x"}]}', id="a cell of no type"),
    pytest.param(b'{"cells": [{"cell_type": "code", "source": 1}]}', id="a source of numbers"),
    pytest.param(b'{"cells": [{"cell_type": "code", "source": [1]}]}', id="a line of numbers"),
    pytest.param(b'{"cells": [{"cell_type": "code", "source": "\\ud800"}]}', id="a surrogate"),
    pytest.param(b'{"cells": [{"cell_type": "code", "source": "\xff"}]}', id="no UTF-8"),
    pytest.param('{"cells": []}'.encode("utf-16"), id="UTF-16"),
    pytest.param(b'{"cells": [], "x": ' + b"[" * 100_000, id="deep"),
    pytest.param(b'{"cells": [], "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="deep, whole"),
    pytest.param(b'{"cells": ' + b'{"a":' * 100_000, id="deep mappings"),
]


@pytest.mark.parametrize("data", _BROKEN)
def test_what_is_no_notebook_is_refused(tmp_path: Path, data: bytes) -> None:
    said = refusal(write(tmp_path / "layers.ipynb", data))

    assert said.startswith("layers.ipynb is no notebook that can be read")
    assert len(said) < 1000


def test_a_notebook_helper_is_not_imported(tmp_path: Path) -> None:
    write(tmp_path / "hw" / "layers.py")
    notebook(tmp_path / "hw" / "scratch.ipynb", [code("x")])

    assert read(tmp_path / "hw").helpers == ()


def test_a_notebook_may_have_a_helper(tmp_path: Path) -> None:
    write(tmp_path / "hw" / "tools.py")
    notebook(tmp_path / "hw" / "layers.ipynb", [code("x")])

    assert [one.name for one in read(tmp_path / "hw").helpers] == ["tools.py"]


# --- make_submission ------------------------------------------------------------------------------


def test_the_digest_covers_helpers_and_their_names() -> None:
    def digest(files: Mapping[str, bytes]) -> str:
        return make_submission("hw", files, _WANTED, "anna", None).sha256

    base = {"layers.py": b"x", "a.py": b"y"}
    others = [
        {"layers.py": b"x"},
        {"layers.py": b"x", "b.py": b"y"},
        {"layers.py": b"xy", "a.py": b""},
    ]

    assert len({digest(files) for files in (base, *others)}) == 4


def test_the_digest_does_not_follow_the_order_of_files() -> None:
    files = {"layers.py": b"x", "a.py": b"y"}
    turned = dict(reversed(files.items()))
    digests = {make_submission("hw", one, _WANTED, "anna", None).sha256 for one in (files, turned)}

    assert len(digests) == 1
