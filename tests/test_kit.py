"""`grader release`: a kit works without what is hidden, and nothing hidden is in it."""

import base64
import re
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from grader.assignment.kit import KIT, kit_materials
from grader.assignment.manifest import load_assignment
from grader.assignment.probes import mistake_modules
from grader.author.leaks import Scanner
from grader.exports.canonical import canonical
from grader.grade import prepare
from grader.model import Array, Assignment, Visibility
from grader.sandbox.host import keeper_for
from grader.sandbox.paths import policy_for
from grader.submission.read import read_submission
from tests.conftest import BACKPROP, ROOT, RunCli
from tests.test_validate import changed, copied

_PATIENCE = 240.0  # an assignment's mistakes are all run once
_ROW = (20.485, -0.3665, 2.746)


@pytest.fixture(scope="module")
def kit(run_cli: RunCli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Release the shipped assignment; return where no assignment is but the kit's own."""
    out = tmp_path_factory.mktemp("student") / "kit"
    done = run_cli("release", BACKPROP, "-o", out, seconds=_PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Nothing hidden is in it: looked for " in done.stdout
    return out


def inside(kit: Path, slug: str = "backprop") -> Assignment:
    return load_assignment(kit / "assignments" / slug)


def test_a_kit_holds_what_a_student_needs_and_nothing_else(kit: Path) -> None:
    files = {str(path.relative_to(kit)) for path in kit.rglob("*") if path.is_file()}

    stub, data = "layers.py", f"assignments/backprop/{KIT}"
    assert files == {"README.md", ".grader.toml", ".gitignore", stub, data}
    assert (kit / stub).read_bytes() == (BACKPROP / stub).read_bytes()
    about = inside(kit)
    assert {plan.visibility for plan in about.plans} == {Visibility.PUBLIC}
    titles = load_assignment(BACKPROP)
    hidden = {p.title for p in titles.plans if p.visibility is Visibility.HIDDEN}
    assert not hidden & {t for text in about.text.values() for t in text.cases.values()}
    assert str(ROOT).encode() not in zlib.decompress((kit / data).read_bytes())


def test_the_readme_takes_a_student_to_feedback_in_three_commands(
    kit: Path, run_cli: RunCli, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(kit, clone)
    block = re.findall(r"```sh\n(.*?)```", (clone / "README.md").read_text("utf-8"), re.DOTALL)[0]
    make, install, check = block.splitlines()
    assert make.startswith("python3 -m venv ")
    assert re.fullmatch(r"\S+ -m pip install ndgrader==\S+", install)
    command = check.split()
    assert command[0].endswith("/grader")

    stub = run_cli(*command[1:], cwd=clone)
    page = (clone / "feedback.html").read_text("utf-8")
    shutil.copy(ROOT / "solutions" / "backprop" / "layers.py", clone)
    reference = run_cli(*command[1:], cwd=clone)

    assert (stub.returncode, stub.stderr) == (1, "")
    assert page.startswith("<!doctype html>")
    assert (reference.returncode, reference.stderr) == (0, "")


def test_the_readme_is_in_the_language_of_the_assignment(
    run_cli: RunCli, tmp_path: Path, kit: Path
) -> None:
    folder, _ = copied(tmp_path, "mse")
    changed(folder / "assignment.toml", 'language = "en"', 'language = "es"')
    changed(folder / "assignment.toml", "[text.es", "[text.en")

    done = run_cli("release", folder, "-o", tmp_path / "kit", seconds=_PATIENCE)

    assert done.returncode == 0, done.stderr
    told, english = (
        (one / "README.md").read_text("utf-8").replace("mse", "layers")
        for one in (tmp_path / "kit", kit)
    )
    assert "Escribe tu solución en `layers.py`." in told
    assert "## Qué se pide" in told
    common = set(told.splitlines()) & set(english.splitlines())
    assert all(one.startswith((".venv", "python3", "```")) for one in common if one)


@pytest.mark.parametrize("service", ["github", "gitlab", "gitea"])
def test_a_kit_holds_the_workflow_that_is_asked_for(
    service: str, kit: Path, run_cli: RunCli, tmp_path: Path
) -> None:
    named = ("--install", "git+https://git.example.org/course/grader.git@v1.2")
    plain = {one.relative_to(kit) for one in kit.rglob("*") if one.is_file()}

    done = run_cli(
        "release", BACKPROP, "-o", tmp_path / "kit", "--workflow", service, *named,
        seconds=_PATIENCE,
    )  # fmt: skip
    alone = run_cli("init", service, "-o", tmp_path / "alone", "-a", BACKPROP, *named)

    assert (done.returncode, alone.returncode) == (0, 0)
    assert "--workflow" not in done.stdout
    (workflow,) = [one for one in (tmp_path / "alone").rglob("*") if one.is_file()]
    name = workflow.relative_to(tmp_path / "alone")
    files = {one.relative_to(tmp_path / "kit") for one in (tmp_path / "kit").rglob("*.*")}
    assert {one for one in files if (tmp_path / "kit" / one).is_file()} == {*plain, name}
    assert (tmp_path / "kit" / name).read_bytes() == workflow.read_bytes()
    assert str(name) in done.stdout


def test_a_kit_says_how_to_have_a_workflow_in_it(run_cli: RunCli, tmp_path: Path) -> None:
    done = run_cli("release", ROOT / "assignments" / "mse", "-o", tmp_path, seconds=_PATIENCE)

    assert done.stdout.splitlines()[-1] == (
        "For feedback on each push, too: --workflow with one of github, gitlab, gitea."
    )


def test_a_wheel_that_is_at_hand_goes_with_the_kit(run_cli: RunCli, tmp_path: Path) -> None:
    wheel, kit = tmp_path / "ndgrader-0.1.0-py3-none-any.whl", tmp_path / "kit"
    wheel.write_bytes(b"a wheel")
    mse = ROOT / "assignments" / "mse"

    done = run_cli("release", mse, "-o", kit, "--install", wheel, seconds=_PATIENCE)

    assert done.returncode == 0, done.stderr
    assert (kit / ".grader" / wheel.name).read_bytes() == b"a wheel"
    readme = (kit / "README.md").read_text("utf-8")
    assert f"-m pip install ./.grader/{wheel.name}\n" in readme
    assert str(tmp_path) not in readme


def test_what_cannot_be_installed_safely_is_not_told_to_students(
    run_cli: RunCli, tmp_path: Path
) -> None:
    mse = ROOT / "assignments" / "mse"
    hostile = ("--install", "git+https://anna:hunter2@example.org/grader.git")

    done = run_cli("release", mse, "-o", tmp_path / "kit", *hostile)

    assert done.returncode == 2
    assert "--install holds a name or a password" in done.stderr
    assert not (tmp_path / "kit").exists()


@pytest.mark.parametrize("slug", ["backprop", "mse"])
def test_a_kit_says_what_the_assignment_says_in_practice(
    slug: str, run_cli: RunCli, home: Path, tmp_path: Path
) -> None:
    run_cli("release", ROOT / "assignments" / slug, "-o", tmp_path / "kit", seconds=_PATIENCE)
    whole, part = load_assignment(ROOT / "assignments" / slug), inside(tmp_path / "kit", slug)
    stub = read_submission(Path(whole.folder) / whole.files[0], whole.files)
    modules = [module for _, module in mistake_modules(whole)]
    with keeper_for(policy_for(whole.limits)) as keeper:
        by_whole = prepare(whole, None, home / "cases", keeper)
        by_kit = prepare(part, None, None, keeper)

        pairs = [(one.name, by_whole(one), by_kit(one)) for one in (stub, *modules)]

    told = [(n, canonical(w.scorecard) == canonical(k.scorecard)) for n, w, k in pairs]
    assert [name for name, same in told if not same] == []
    assert sum(bool(k.scorecard.diagnoses) for _, _, k in pairs) > len(modules) / 2
    assert any(k.explained.examples for _, _, k in pairs)


def test_a_kit_speaks_all_languages(kit: Path, run_cli: RunCli, tmp_path: Path) -> None:
    wrong = ROOT / "solutions" / "backprop" / "mistakes" / "accumulates.py"
    file = shutil.copy(wrong, tmp_path / "layers.py")
    named = inside(kit).mistakes["accumulates"]

    for code, text in named.text.items():
        done = run_cli("check", file, "-a", kit / "assignments" / "backprop", "--lang", code)
        assert text.title in " ".join(done.stdout.split())


def test_releasing_twice_gives_equal_bytes(kit: Path, run_cli: RunCli, tmp_path: Path) -> None:
    env = {"GRADER_HOME": str(tmp_path / "home"), "PYTHONHASHSEED": "1"}  # nothing is kept there

    run_cli("release", BACKPROP, "-o", tmp_path / "kit", env=env, seconds=_PATIENCE)

    for path in kit.rglob("*"):
        if path.is_file():
            assert (tmp_path / "kit" / path.relative_to(kit)).read_bytes() == path.read_bytes()


def test_a_folder_with_something_in_it_is_written_over_when_that_is_asked_for(
    run_cli: RunCli, tmp_path: Path
) -> None:
    mse, out = ROOT / "assignments" / "mse", tmp_path / "kit"
    out.mkdir()
    (out / "mse.py").write_text("# a student's work", "utf-8")
    (out / "notes.txt").write_text("mine", "utf-8")

    refused = run_cli("release", mse, "-o", out, seconds=_PATIENCE)
    kept = sorted(path.name for path in out.iterdir())
    done = run_cli("release", mse, "-o", out, "--update", seconds=_PATIENCE)

    assert (refused.returncode, kept) == (2, ["mse.py", "notes.txt"])
    assert "--update" in refused.stderr
    assert done.returncode == 0
    assert (out / "mse.py").read_bytes() == (mse / "mse.py").read_bytes()
    assert (out / "notes.txt").read_text("utf-8") == "mine"


@pytest.mark.parametrize("command", ["grade layers.py", "batch . -o out", "validate backprop"])
def test_what_needs_hidden_cases_says_where_they_are(
    command: str, kit: Path, run_cli: RunCli, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(kit, clone)

    done = run_cli(*command.split(), cwd=clone, env={"GRADER_KEY": "", "GRADER_HOME": "home"})

    assert done.returncode == 2
    assert "is a student's kit, which has no hidden cases" in done.stderr
    assert "grader check" in done.stderr
    assert not (clone / "home" / "key").exists()


@pytest.mark.parametrize("damage", ["cut", "noise", "another version"])
def test_a_damaged_kit_is_told(damage: str, kit: Path, run_cli: RunCli, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(kit, clone)
    path = clone / "assignments" / "backprop" / KIT
    whole = path.read_bytes()
    other = zlib.compress(zlib.decompress(whole).replace(b"grader/kit/1", b"grader/kit/9"))
    path.write_bytes({"cut": whole[:-100], "noise": b"noise", "another version": other}[damage])

    done = run_cli("check", "layers.py", cwd=clone)

    assert done.returncode == 4
    assert "get the kit once more" in done.stderr


# --- nothing hidden is in it ----------------------------------------------------------------------


def in_text(folder: Path, _: Path) -> str:
    changed(folder / "mse.py", '"""', f'"""As in {list(_HIDDEN)}. ')
    return "mse.py: the run"


def in_a_comment_as_base64(folder: Path, _: Path) -> str:
    data = base64.b64encode(b"x" + struct.pack("<3d", *_HIDDEN)).decode()
    changed(folder / "mse.py", '"""', f'"""{data} ')
    return "mse.py: the run"


def in_a_hint(_: Path, solutions: Path) -> str:
    row = ", ".join(map(str, _HIDDEN))
    changed(solutions / "mistakes.toml", "Your `{output}` grows", f"With {row} `{{output}}` grows")
    return f"{KIT}, texts and programs: the run"


def in_a_public_case_by_draw(folder: Path, _: Path) -> str:
    changed(folder / "cases.py", "return _pair(rng, 3, 3)", "return _fixed")
    changed(
        folder / "cases.py",
        "def square(",
        "_fixed = _pair(np.random.default_rng(7), 3, 3)\n\n\ndef square(",
    )
    return f"{KIT}, the probe loss-square-1#0: bytes of "


# A row of the notebook of mse that no public case has.
_HIDDEN = (-0.5, 0.0, -0.25)


@pytest.mark.parametrize(
    "hide", [in_text, in_a_comment_as_base64, in_a_hint, in_a_public_case_by_draw]
)
def test_a_kit_that_tells_of_hidden_cases_is_not_written(
    hide: Callable[[Path, Path], str], run_cli: RunCli, tmp_path: Path
) -> None:
    folder, solutions = copied(tmp_path, "mse")
    place = hide(folder, solutions)

    done = run_cli("release", folder, "-o", tmp_path / "kit", seconds=_PATIENCE)

    assert done.returncode == 4
    assert place in done.stderr
    assert "take these numbers out of what students get" in done.stderr
    assert not (tmp_path / "kit").exists()


@pytest.mark.parametrize(
    "written",
    [
        lambda row: row.tobytes(),
        lambda row: row.astype(">f8").tobytes(),
        lambda row: b"abc" + row.tobytes() + b"d",
        lambda row: row.tobytes().hex().encode(),
        lambda row: b"f" + row.astype(">f8").tobytes().hex().upper().encode(),
        lambda row: base64.b64encode(row.tobytes()),
        *(lambda row, n=n: base64.b64encode(bytes(n) + row.tobytes()) for n in (1, 2)),
        lambda row: base64.urlsafe_b64encode(str(row.tolist()).encode()),
        lambda row: str(row.tolist()).encode().hex().encode(),
    ],
)
def test_a_run_is_found_as_it_is_stored(written: Callable[[Array], bytes]) -> None:
    scanner = Scanner([], [_ROW])

    assert scanner.find(b"in: " + written(np.array(_ROW)) + b" !")
    assert not scanner.find(b"in: " + written(np.array(_ROW)[::-1] + 1) + b" !")


def test_a_run_of_whole_numbers_is_found_as_it_is_stored() -> None:
    row = np.array([2, -7, -1])

    assert Scanner([], [(2.0, -7.0, -1.0)]).find(row.tobytes())


def test_what_is_in_a_kit_is_found_by_the_scan(kit: Path) -> None:
    materials = kit_materials(inside(kit))
    assert materials is not None
    data = zlib.decompress((kit / "assignments" / "backprop" / KIT).read_bytes())
    (one,) = [case for case in materials.probes.cases if case.id == "dense-square-1#0"]
    numbers = np.ravel(one.expected["Layer_Dense.dweights"]).tolist()

    assert len(Scanner(numbers).find(data)) >= len(numbers)
