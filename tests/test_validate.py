"""`grader validate`: a sound assignment is sound; an unsound one is told what to add."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from grader.assignment.manifest import load_assignment
from grader.author.margins import distance, margins
from grader.author.validate import told_in_full
from tests.builders import case, outcome, value
from tests.conftest import ROOT, RunCli

_PROOF = 120.0  # a proof grades hundreds of submissions: the guard is a longer one
_CASES = re.compile(r"\n(?=\[\[cases\]\])")


def copied(root: Path, slug: str = "backprop") -> tuple[Path, Path]:
    """Copy an assignment and its solutions; return both folders."""
    for part in ("assignments", "solutions"):
        shutil.copytree(ROOT / part / slug, root / part / slug)
    return root / "assignments" / slug, root / "solutions" / slug


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("slug", ["backprop", "mse"])
def test_what_ships_is_sound(slug: str, run_cli: RunCli, tmp_path: Path) -> None:
    page = tmp_path / "page.html"

    done = run_cli("validate", ROOT / "assignments" / slug, "--html", page, seconds=_PROOF)

    assert done.returncode == 0, done.stdout
    assert "is sound." in done.stdout
    assert "✗" not in done.stdout
    assert "●" in page.read_text(encoding="utf-8")


def test_a_single_square_case_lets_mistakes_and_mutants_live(
    run_cli: RunCli, tmp_path: Path
) -> None:
    folder, _ = copied(tmp_path)
    manifest = folder / "assignment.toml"
    head, *cases = _CASES.split(manifest.read_text(encoding="utf-8"))
    (square,) = [one for one in cases if 'id = "dense-square-1"' in one]
    (relu,) = [one for one in cases if 'id = "relu-batch"' in one]
    (both,) = [one for one in cases if 'id = "together-batch"' in one]
    manifest.write_text(f"{head}\n{square}\n{relu}\n{both}", encoding="utf-8")

    done = run_cli("validate", folder, seconds=_PROOF)

    assert done.returncode == 4
    assert "is NOT sound" in done.stdout
    for module in ("stale-inputs.py", "accumulates.py", "gradient-at-zero.py"):
        assert f"{module} passes every case: add a case on which it differs" in done.stdout
    assert re.search(r"line \d+: > to >= survives:\n +- ", done.stdout)
    assert "dense_tall is drawn by no case: write one, or remove it" in done.stdout


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("self.weights.T", "self.weights", "the adjoint test gives"),
        ("np.dot(dvalues, self.weights.T)", "np.dot(self.weights, dvalues.T)", "the adjoint test"),
        ("dvalues, 0)", "dvalues, 0.01 * dvalues)", "the adjoint test gives"),
        ("axis=0, keepdims=True", "axis=0", "its shape is (3,)"),
    ],
)
def test_a_reference_is_refused_by_differences_of_its_own_forward(
    right: str, wrong: str, told: str, run_cli: RunCli, tmp_path: Path
) -> None:
    folder, solutions = copied(tmp_path)
    changed(solutions / "layers.py", right, wrong)

    done = run_cli("validate", folder, seconds=_PROOF)

    assert done.returncode == 4
    (line,) = [one for one in done.stdout.splitlines() if " in case " in one and told in one]
    assert line.endswith("correct the reference")


def test_a_tolerance_of_one_is_refused(run_cli: RunCli, tmp_path: Path) -> None:
    folder, _ = copied(tmp_path)
    changed(
        folder / "assignment.toml",
        "# Further parameters",
        "[tolerance]\nfloat64 = 1.0\n\n# Further parameters",
    )

    done = run_cli("validate", folder, seconds=_PROOF)

    assert done.returncode == 4
    assert "the tolerance 1 of float64" in done.stdout
    assert "10 is asked for on both sides: narrow it" in done.stdout


def test_a_variant_that_is_wrong_and_a_stub_that_is_right_are_told(
    run_cli: RunCli, tmp_path: Path
) -> None:
    folder, solutions = copied(tmp_path, "mse")
    shutil.copy(solutions / "mse.py", folder / "mse.py")
    shutil.copy(solutions / "mistakes" / "root.py", solutions / "variants" / "rooted.py")

    done = run_cli("validate", folder, seconds=_PROOF)

    assert "the stub has 10 points: let it compute nothing" in done.stdout
    (line,) = [one for one in done.stdout.splitlines() if "variants/rooted.py has " in one]
    assert ": mse is wrong in case loss-public-1: correct it where it is wrong" in line


def test_a_stale_notebook_and_a_missing_module_are_told(run_cli: RunCli, tmp_path: Path) -> None:
    folder, solutions = copied(tmp_path, "mse")
    (solutions / "mistakes" / "root.py").unlink()

    assert (
        "root has no module: write mistakes/root.py"
        in run_cli("validate", folder, seconds=_PROOF).stdout
    )

    (folder / "notebook.ipynb").write_text(
        re.sub(r'"text": \[\s*"', r"\g<0>9", (folder / "notebook.ipynb").read_text("utf-8")),
        "utf-8",
    )
    done = run_cli("validate", folder, seconds=_PROOF)

    assert done.returncode == 4
    assert "is stale" in done.stdout


def test_a_stub_that_python_cannot_read_is_told(run_cli: RunCli, tmp_path: Path) -> None:
    folder, solutions = copied(tmp_path, "mse")
    for path in (folder / "mse.py", solutions / "mistakes" / "root.py"):
        path.write_text("import numpy as np\nx = (\n", encoding="utf-8")

    told = run_cli("validate", folder, seconds=_PROOF).stdout

    for name in ("mse/mse.py", "mistakes/root.py"):
        assert f"{name} cannot be read as Python: '(' was never closed" in told


def test_an_equivalent_that_is_caught_after_all_is_told(run_cli: RunCli, tmp_path: Path) -> None:
    folder, solutions = copied(tmp_path, "mse")
    path = solutions / "equivalents.toml"
    row = '\n[[equivalent]]\ndiff = "- nothing\\n+ nothing else"\nreason = "none"\n'
    path.write_text(path.read_text(encoding="utf-8") + row, encoding="utf-8")

    assert (
        "lists what does not survive: '- nothing"
        in run_cli("validate", folder, seconds=_PROOF).stdout
    )


def test_draws_that_do_not_follow_from_their_seed_are_told(run_cli: RunCli, tmp_path: Path) -> None:
    folder, _ = copied(tmp_path, "mse")
    changed(folder / "cases.py", "    return _pair(rng, 5, 2)", "    return _pair(np.random, 5, 2)")

    done = run_cli("validate", folder, seconds=_PROOF)

    assert done.returncode == 4
    assert "drawn again by the same seed: let its function of cases.py draw from `rng`" in (
        done.stdout
    )


# --- margins --------------------------------------------------------------------------------------


def test_a_language_that_tells_of_some_is_told_what_it_lacks() -> None:
    mse = load_assignment(ROOT / "assignments" / "mse")
    text, lacking = mse.text["es"], dict(mse.text["es"].cases)
    del lacking["row-1"]
    partly = replace(mse, text={"es": replace(text, cases=lacking)})

    assert told_in_full(mse).holds
    assert told_in_full(mse).told == "en, es"
    (failure,) = told_in_full(partly).failures
    assert failure.message == "row-1 in [text.es.cases] is not told in 'es'"
    missing = [one.message for one in told_in_full(replace(mse, text={})).failures]
    assert missing == ["[text.es] is not told in 'es'"]


def test_a_distance_is_a_multiple_of_what_is_tolerated() -> None:
    expected = case({"a": [1.0, 10.0]}).expected["a"]

    assert distance(value([1.0, 10.0]), expected, 1e-3) == 0
    assert distance(value([1.002, 10.0]), expected, 1e-3) == pytest.approx(1.0)
    assert distance(value([1.0]), expected, 1e-3) == float("inf")
    assert distance(None, expected, 1e-3) == float("inf")


def test_what_is_no_number_is_no_distance_where_it_is_asked_for() -> None:
    expected = np.array([np.nan, np.inf, 2.0])

    assert distance(value([np.nan, np.inf, 2.0]), expected, 1e-3) == 0
    assert distance(value([np.nan, np.inf, 2.002]), expected, 1e-3) == pytest.approx(1 / 1.1)
    assert distance(value([np.nan, 5.0, 2.0]), expected, 1e-3) == float("inf")
    assert distance(value([np.nan, np.inf, np.nan]), expected, 1e-3) == float("inf")


def test_what_is_expected_in_single_precision_is_a_matter_of_its_tolerance() -> None:
    own = case({"a": np.array([1.0, 3.0], np.float32)})
    near = ("right", [outcome({"a": value(np.array([1.0, 3.000001], np.float32))})])

    double, single = margins([own], [near], [], frozenset({"a"}))

    assert double.worst == 0
    assert 0 < single.worst < 0.1


def test_what_is_off_by_rounding_is_not_the_nearest_wrong_answer() -> None:
    cases = [case({"a": [1.0], "b": [1.0]})]
    wrong = ("wrong", [outcome({"a": value([1.0 + 1e-15]), "b": value([1.5])})])

    double, _ = margins(cases, [], [wrong], frozenset({"a", "b"}))

    assert double.nearest_name == "wrong, b"


def test_the_nearest_wrong_answer_is_as_near_as_its_farthest_case() -> None:
    cases = [case({"a": [1.0]}, id="one"), case({"a": [1.0]}, id="two")]
    wrong = ("wrong", [outcome({"a": value([1.0])}), outcome({"a": value([1.1])})])
    right = ("right", [outcome({"a": value([1.0])}), outcome({"a": value([1.0 + 1e-12])})])

    double, _ = margins(cases, [right], [wrong], frozenset({"a"}))

    assert double.nearest == pytest.approx(0.1 / 1.1e-8)
    assert double.worst == pytest.approx(1e-12 / 1.1e-8, rel=1e-3)
    assert (double.nearest_name, double.worst_name) == ("wrong, a", "right")
