"""The summary where there is no terminal: plain lines, in which nothing is wrapped or coloured."""

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from grader.model import Array, Graded
from grader.report.brief import Brief, Labels, brief, flat
from grader.report.grid import grids
from grader.report.plain import lines
from grader.report.tables import Table
from grader.report.tables import table as as_table
from grader.report.view import page
from grader.wording import language
from tests.builders import MANIFEST, TOY, write_assignment
from tests.conftest import BACKPROP, ROOT, Grade, RunCli

CORPUS = ROOT / "tests" / "corpus"
MISTAKES = ROOT / "solutions" / "backprop" / "mistakes"
LEAKY = ("check", MISTAKES / "leaky.py", "-a", BACKPROP)
_COLD = 120  # seconds, where cases are not yet kept and mistakes not yet run
LABELS = Labels(first="first", given="given", legend="legend", cut="only a part is shown")


def told(graded: Graded) -> Brief:
    return brief(graded, page(graded))


def table(name: str, array: Array, differs: Array | None = None) -> Table:
    """Return an array as a table, with cells marked."""
    made = as_table(name, array, language("en"))
    if differs is None:
        return made
    rows = tuple(
        tuple(replace(cell, differs=mark) for cell, mark in zip(row, marks, strict=True))
        for row, marks in zip(made.rows, differs.tolist(), strict=True)
    )
    return replace(made, rows=rows)


def _lines(grade: Grade, path: Path) -> list[str]:
    return list(lines(told(grade(path))))


def test_a_right_submission_is_told_in_a_line_per_output(grade: Grade) -> None:
    said = _lines(grade, CORPUS / "reference" / "layers.py")

    assert said[0] == "layers.py  Backpropagation by hand"
    assert said[1] == "10 of 10 points"
    assert "  ✓ right     Layer_Dense.dweights: 2 / 2" in said
    assert said[-1] == "Everything is right."
    assert not any(line.startswith("Fix this first") for line in said)


def test_a_wrong_one_says_what_to_fix_first_and_where(grade: Grade) -> None:
    said = _lines(grade, CORPUS / "changes-dvalues" / "layers.py")

    first = next(i for i, line in enumerate(said) if line.startswith("Fix this first: "))
    assert "Activation_ReLU.contract" in said[first]
    assert said[first + 1].startswith("  The array that was handed to you holds other")
    assert said[first + 2] == "  In your file: layers.py:24"


def test_a_counter_example_shows_given_expected_and_yours(grade: Grade) -> None:
    said = _lines(grade, MISTAKES / "leaky.py")

    at = said.index("  given:")
    assert said[at:] == [
        "  given:",
        "    Z, shape (1, 1)    D, shape (1, 1)",
        "      -2                 2",
        "  at [0, 0] it is 0.02, expected 0",
        "    expected, shape (1, 1)    yours, shape (1, 1)",
        "      0                         ≠0.02",
        "  ≠ marks the values that differ",
    ]


def test_where_an_exception_was_raised_is_told(grade: Grade) -> None:
    said = _lines(grade, MISTAKES / "missing-transpose.py")

    assert "  In your file: missing-transpose.py:14" in said


def test_a_changed_argument_is_shown_before_and_after(grade: Grade) -> None:
    said = _lines(grade, CORPUS / "changes-dvalues" / "layers.py")

    assert any("before the call, shape" in line and "after the call" in line for line in said)


def test_what_is_no_python_has_a_line_and_no_counter_example(grade: Grade) -> None:
    said = _lines(grade, CORPUS / "syntax-error" / "layers.py")

    assert "Fix this first: The file cannot be read as Python (line 26)" in said
    assert "  In your file: layers.py:26" in said
    assert not any("expected" in line for line in said)


def test_a_cell_is_told_by_number(grade: Grade) -> None:
    (notebook,) = (CORPUS / "notebook-with-a-broken-class").glob("*.ipynb")

    assert any("In your file: code cell" in line for line in _lines(grade, notebook))


def test_without_a_page_it_is_told_that_the_mark_is_decided_on_others(run_cli: RunCli) -> None:
    done = run_cli("check", CORPUS / "reference" / "layers.py", "-a", BACKPROP)

    assert done.stdout.splitlines()[-1] == (
        "Everything is right on the public cases. The mark is decided on others, too."
    )


# --- arrays ---------------------------------------------------------------------------------------


def test_columns_are_aligned_and_what_differs_has_a_sign() -> None:
    array = np.array([[1, -20.5], [300, 4]])
    shown = grids([table("yours", array, array == 300)], 40, LABELS)

    assert shown == ["yours, shape (2, 2)", "     1  -20.5", "  ≠300      4"]


def test_arrays_that_do_not_fit_side_by_side_are_below_one_another() -> None:
    tables = [table("a", np.zeros((1, 2))), table("b", np.zeros((1, 2)))]

    assert len(grids(tables, 40, LABELS)) == 2
    assert len(grids(tables, 30, LABELS)) == 4


@pytest.mark.parametrize("room", [8, 20, 40, 76])
@pytest.mark.parametrize("shape", [(30, 40), (3, 40), (40, 2), (2, 3, 40), (50,)])
def test_a_large_array_is_cut_in_words_and_never_wider_than_there_is_room(
    room: int, shape: tuple[int, ...]
) -> None:
    array = np.linspace(-1, 1, int(np.prod(shape))).reshape(shape)
    shown = grids([table("yours", array)], room, LABELS)

    assert "only a part is shown" in " ".join(shown)
    assert max(map(len, shown)) <= max(room, len("  -1.234567  …"))
    assert len(shown) < 20


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0,)])
def test_an_empty_array_has_its_shape_alone(shape: tuple[int, ...]) -> None:
    assert grids([table("yours", np.zeros(shape))], 40, LABELS)[0] == f"yours, shape {shape}"


def test_of_an_array_that_is_cut_the_worst_elements_are_told(
    run_cli: RunCli, tmp_path: Path
) -> None:
    numbers = [[float(row + column) for column in range(20)] for row in range(20)]
    manifest = MANIFEST.replace("[1.0, 2.0]", str(numbers))
    assignment = write_assignment(tmp_path, manifest)
    wrong = TOY + "        self.result[15, 3] += 1\n        self.result[17, 5] += 90\n"
    (tmp_path / "toy.py").write_text(wrong, encoding="utf-8")

    done = run_cli("check", tmp_path / "toy.py", "-a", assignment, seconds=_COLD)

    told = done.stdout.splitlines()
    assert "  Only rows 15, 17 are wrong." in told
    assert "  at [17, 5] it is 134, expected 44" in told
    assert told.count("    Only the first rows and columns are shown.") == 3


def test_a_summary_is_in_the_readers_language(run_cli: RunCli) -> None:
    done = run_cli(*LEAKY, "--lang", "es", seconds=_COLD)

    assert "La ReLU, hacia atrás: 0 / 3" in done.stdout


def test_what_is_better_than_at_an_earlier_attempt_is_told(run_cli: RunCli, tmp_path: Path) -> None:
    card = tmp_path / "card.json"
    run_cli("check", BACKPROP / "layers.py", "-a", BACKPROP, "--json", card, seconds=_COLD)
    done = run_cli("check", CORPUS / "sample" / "layers.py", "-a", BACKPROP, "--previous", card)

    assert "5.917 points more than at your last attempt: 0 then, 5.917 now." in done.stdout


# --- hostile text ---------------------------------------------------------------------------------


def test_nothing_acts_on_a_terminal() -> None:
    assert flat("a\x1b[2Jb\x9b1m\r\n\tc\x00") == "a[2Jb1m c"


def test_a_long_text_is_cut() -> None:
    assert len(flat("word " * 5000)) == 400


def test_hostile_text_is_one_line_of_text(grade: Grade, tmp_path: Path) -> None:
    evil = "\x1b]0;title\x07\x1b[2J\u202e\u2028" + "x" * 10_000 + "\n\rpoints"
    source = (MISTAKES / "leaky.py").read_text(encoding="utf-8")
    head = "def backward(self, dvalues):"
    path = tmp_path / "ev\x1b[31mil.py"
    path.write_text(
        source.replace(head, f"{head}\n        raise ValueError({evil!r})", 1),
        encoding="utf-8",
    )

    said = _lines(grade, path)

    assert any("ValueError" in line for line in said)
    assert all(line.isprintable() for line in said)
    assert max(map(len, said)) < 1000
