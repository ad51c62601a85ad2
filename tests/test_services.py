"""`grader ci` on each service: the real command, the service's own variables, files and formats."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from grader.cli.desk import Desk
from grader.exports.services import Service, service
from grader.model import Graded, State
from tests.ci import places, readers
from tests.ci.places import Job
from tests.ci.schemas import CODE_QUALITY, RESULT, RESULTS, complaints
from tests.conftest import BACKPROP, ROOT, Grade, RunCli

_SOLUTIONS = ROOT / "solutions" / "backprop"
_REFERENCE = _SOLUTIONS / "layers.py"
_STUB = BACKPROP / "layers.py"
_WRONG = _SOLUTIONS / "mistakes" / "no-keepdims.py"

Run = Callable[..., Job]


@pytest.fixture
def job(run_cli: RunCli, tmp_path: Path) -> Run:
    """Run a job on a service, with one file handed in as layers.py."""

    def run(
        name: str,
        file: Path = _WRONG,
        *options: str,
        env: Mapping[str, str] | None = None,
        assignment: Path | None = BACKPROP,
    ) -> Job:
        folder = tmp_path / "work"
        handed_in = places.checkout(folder, name) / "src"
        handed_in.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, handed_in / f"layers{file.suffix}")
        return places.run(run_cli, folder, name, *options, env=env, assignment=assignment)

    return run


# --- which service it is --------------------------------------------------------------------------


@pytest.mark.parametrize("name", [one for one in places.SERVICES if one != "gradescope"])
def test_a_service_is_told_by_its_variables(name: str) -> None:
    assert service(places.VARIABLES[name]) == Service(name)


def test_a_variable_that_says_no_is_minded() -> None:
    assert service({"GITHUB_ACTIONS": "false", "GITLAB_CI": ""}) is Service.NONE


def test_a_job_that_merely_has_a_classroom_is_github() -> None:
    assert service({"GITHUB_ACTIONS": "true", "CLASSROOM": "b", "ASSIGNMENT": "c"}) == "github"


def test_all_services_can_be_named(run_cli: RunCli) -> None:
    listed = run_cli("ci", "--help").stdout

    assert [name for name in Service if name.value not in listed] == []


def test_a_service_that_is_named_goes_first(job: Run) -> None:
    done = job("github", _STUB, "--service", "none")

    assert list(readers.commands(done.log)) == []
    assert places.runner_file(done, "GITHUB_STEP_SUMMARY") == ""


# --- what all have in common ----------------------------------------------------------------------


@pytest.mark.parametrize("name", places.SERVICES)
def test_each_service_gets_plain_text_and_junit(name: str, job: Run) -> None:
    junitparser = pytest.importorskip("junitparser")

    done = job(name)

    assert (done.done.returncode, done.done.stderr) == (0, "")
    assert "7.667 of 10 points" in done.done.stdout
    suites = list(junitparser.JUnitXml.fromstring(done.text("grader-junit.xml").encode()))
    tests = [(test.classname, test.name) for suite in suites for test in suite]
    assert len(set(tests)) == len(tests) > 40
    assert sum(suite.failures for suite in suites) > 5
    assert done.json("grader-junit.json")["points_exact"] == "23/3"
    assert done.text("grader-report.html").startswith("<!doctype html>")


@pytest.mark.parametrize("name", [one for one in places.SERVICES if one != "classroom50"])
def test_a_mark_decides_the_exit_code_where_that_is_asked_for(name: str, job: Run) -> None:
    assert job(name, _WRONG, "--pass-mark", "80").done.returncode == 1


def test_a_link_of_a_students_own_leads_nowhere(job: Run, tmp_path: Path) -> None:
    others = tmp_path / "others"
    others.write_text("kept")
    (tmp_path / "work").mkdir()
    names = ("grader-junit.xml", "grader-junit.json", "grader-report.html", "result.json")
    for name in names:
        (tmp_path / "work" / name).symlink_to(others)

    done = job("classroom50")

    assert done.done.returncode == 0
    assert others.read_text() == "kept"
    assert not any((tmp_path / "work" / name).is_symlink() for name in names)


# --- GitHub ---------------------------------------------------------------------------------------


def of_kind(log: str, kind: str) -> list[readers.Command]:
    return [one for one in readers.commands(log) if one.name == kind]


def test_an_error_stands_at_the_students_line(job: Run) -> None:
    first, *_ = of_kind(job("github").log, "error")
    line = _WRONG.read_text().splitlines()[int(first.properties["line"]) - 1]

    assert first.properties["file"] == "src/layers.py"
    assert first.properties["title"] == "The right numbers, with one axis too few"
    assert first.data.startswith("Layer_Dense.dbiases: Your `Layer_Dense.dbiases` has the right")
    assert "def backward" in line


def test_an_exception_stands_where_it_was_raised(job: Run, tmp_path: Path) -> None:
    file = tmp_path / "raises.py"
    source = _REFERENCE.read_text()
    file.write_text(source.replace("self.dbiases =", "raise ValueError('a, b: 50%')\n        #", 1))

    first, *_ = of_kind(job("github", file).log, "error")

    raised = file.read_text().splitlines()[int(first.properties["line"]) - 1]
    assert raised.strip() == "raise ValueError('a, b: 50%')"
    assert "ValueError: a, b: 50%" in first.data


def test_a_file_that_cannot_be_read_is_told_first(job: Run, tmp_path: Path) -> None:
    file = tmp_path / "broken.py"
    file.write_text("x = 1\nclass Layer_Dense(:\n")

    first, *_ = of_kind(job("github", file).log, "error")

    assert first.properties["title"] == "The file cannot be read as Python"
    assert first.properties["line"] == "2"


def test_a_notebooks_error_says_which_cell(job: Run, tmp_path: Path) -> None:
    file = tmp_path / "notebook.ipynb"
    cells = [{"cell_type": "code", "source": one} for one in ("x = 1", _WRONG.read_text())]
    file.write_bytes(msgspec.json.encode({"cells": cells}))

    first, *_ = of_kind(job("github", file).log, "error")

    assert first.properties["file"] == "src/layers.ipynb"
    assert "line" not in first.properties
    assert first.data.startswith("code cell 2, line 13: Layer_Dense.dbiases: ")


def test_what_is_right_is_annotated_with_nothing(job: Run) -> None:
    done = job("github", _REFERENCE)

    assert of_kind(done.log, "error") == []


def test_old_courses_find_their_two_notices(job: Run) -> None:
    complete, report = of_kind(job("github", _STUB).log, "notice")

    assert complete == ("notice", {"title": "Autograding complete"}, "Points 0/10")
    assert report.properties == {"title": "Autograding report"}
    assert msgspec.json.decode(report.data) == {"totalPoints": 0, "maxPoints": 10}


def test_later_steps_can_ask_for_the_points(job: Run) -> None:
    told = readers.outputs(places.runner_file(job("github"), "GITHUB_OUTPUT"))

    assert told == {
        "points": "7.666666666666667",
        "max-points": "10",
        "points-exact": "23/3",
        "complete": "true",
    }


def test_the_summary_says_what_to_fix_and_where(job: Run) -> None:
    page = readers.Rendered(places.runner_file(job("github"), "GITHUB_STEP_SUMMARY"))
    text = "".join(page.pieces)

    assert "backprop: 7.66667 of 10 points" in text
    assert "The right numbers, with one axis too few (src/layers.py, line 13)" in text


def test_a_summary_is_added_to_what_a_step_wrote_before(job: Run, tmp_path: Path) -> None:
    (tmp_path / "work-runner").mkdir()
    (tmp_path / "work-runner" / "GITHUB_STEP_SUMMARY").write_text("before\n")

    done = job("github", _STUB)

    assert places.runner_file(done, "GITHUB_STEP_SUMMARY").startswith("before\n### backprop")


def test_what_cannot_be_graded_is_annotated(job: Run, tmp_path: Path) -> None:
    file = tmp_path / "broken.ipynb"
    file.write_text("{}")

    done = job("github", file)

    (told,) = of_kind(done.log, "error")
    assert done.done.returncode == 4
    assert told.properties == {"title": "Not graded"}
    assert "Next: open it in Jupyter" in told.data


# --- GitLab, Gitea, Forgejo -----------------------------------------------------------------------


def test_gitlab_gets_a_code_quality_report(job: Run) -> None:
    found = job("gitlab").json("gl-code-quality-report.json")

    assert complaints(found, CODE_QUALITY) == []
    assert found[0]["check_name"] == "no-keepdims"
    assert found[0]["location"] == {"path": "src/layers.py", "lines": {"begin": 13}}
    assert len({one["fingerprint"] for one in found}) == len(found) == 2


def test_a_moved_line_is_the_same_issue_to_gitlab(job: Run, tmp_path: Path) -> None:
    moved = tmp_path / "moved.py"
    moved.write_text("# one more line\n" + _WRONG.read_text())

    one, other = (
        job("gitlab", file).json("gl-code-quality-report.json") for file in (_WRONG, moved)
    )

    assert [issue["fingerprint"] for issue in one] == [issue["fingerprint"] for issue in other]
    assert one[0]["location"] != other[0]["location"]


def test_what_is_right_has_an_empty_report(job: Run) -> None:
    assert job("gitlab", _REFERENCE).json("gl-code-quality-report.json") == []


@pytest.mark.parametrize("name", ["gitea", "forgejo"])
def test_where_annotations_are_not_known_there_are_none(name: str, job: Run) -> None:
    done = job(name)

    assert list(readers.commands(done.log)) == []
    assert readers.outputs(places.runner_file(done, "GITHUB_OUTPUT"))["points-exact"] == "23/3"


# --- Classroom 50 ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("file", "share"), [(_REFERENCE, 1), (_STUB, 0), (_WRONG, 23 / 30)])
def test_classroom_50_gets_whole_points(file: Path, share: float, job: Run) -> None:
    found = job("classroom50", file).json("result.json")

    assert complaints(found, RESULT) == []
    assert found["score"] == sum(test["score"] for test in found["tests"])
    assert found["max-score"] == sum(test["max-score"] for test in found["tests"])
    assert found["score"] * 30 == round(share * 30) * found["max-score"]
    assert all(test["passed"] == (test["score"] == test["max-score"]) for test in found["tests"])
    assert len({test["test-name"] for test in found["tests"]}) == len(found["tests"])


def test_points_are_out_of_the_same_for_a_whole_class(job: Run) -> None:
    most = {job("classroom50", file).json("result.json")["max-score"] for file in (_STUB, _WRONG)}

    assert len(most) == 1


def test_the_result_says_whose_it_is(job: Run) -> None:
    found = job("classroom50").json("result.json")

    named = {key: found[key] for key in ("classroom", "assignment", "owner", "commit", "review")}
    told = places.VARIABLES["classroom50"]
    assert named == {
        "classroom": "cs",
        "assignment": "hw1",
        "owner": "anna",
        "commit": told["COMMIT_URL"],
        "review": told["REVIEW_URL"],
    }


def test_there_a_mark_never_decides_the_exit_code(job: Run) -> None:
    assert job("classroom50", _STUB, "--pass-mark", "50").done.returncode == 0


def test_there_a_students_own_release_text_is_written_over(job: Run, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "release-body.md").write_text("all points")

    assert job("classroom50", _STUB).text("release-body.md").startswith("### backprop: 0 of 10")


def test_there_errors_are_annotated_and_no_points_are_told_twice(job: Run) -> None:
    done = job("classroom50")

    assert len(of_kind(done.log, "error")) == 2
    assert of_kind(done.log, "notice") == []
    assert places.runner_file(done, "GITHUB_STEP_SUMMARY") == ""


def test_a_runner_that_says_too_little_is_told(job: Run) -> None:
    done = job("classroom50", env={"COMMIT_URL": ""})

    assert done.done.returncode == 2
    assert "COMMIT_URL" in done.done.stderr
    assert not (done.folder / "result.json").exists()


def test_nothing_is_recorded_of_what_could_not_be_graded(job: Run, tmp_path: Path) -> None:
    file = tmp_path / "broken.ipynb"
    file.write_text("{}")

    done = job("classroom50", file)

    assert done.done.returncode == 4
    assert not (done.folder / "result.json").exists()


# --- Gradescope -----------------------------------------------------------------------------------

_RESULTS = "results/results.json"


@pytest.mark.parametrize(("file", "points"), [(_REFERENCE, 10), (_STUB, 0), (_WRONG, 23 / 3)])
def test_gradescope_gets_results(file: Path, points: float, job: Run) -> None:
    found = job("gradescope", file).json(_RESULTS)

    assert complaints(found, RESULTS) == []
    assert found["score"] == points
    assert sum(test["score"] for test in found["tests"]) == pytest.approx(points)
    assert sum(test["max_score"] for test in found["tests"]) == pytest.approx(10)


def test_gradescopes_students_read_what_to_fix_first(job: Run) -> None:
    found = job("gradescope").json(_RESULTS)

    assert "The right numbers, with one axis too few" in found["output"]
    (failed,) = (
        one
        for one in found["tests"]
        if "The dense layer" in one["name"] and "dbiases" in one["name"]
    )
    assert (failed["status"], failed["score"]) == ("failed", 0)
    assert failed["output"] == "its shape is (2,); (1, 2) is asked for"


def ungraded(found: dict[str, Any]) -> bool:
    """Tell whether results are valid, and have no score anywhere."""
    scores = [one for one in (found, *found["tests"]) if "score" in one or "max_score" in one]
    return complaints(found, RESULTS) == [] and scores == []


def test_a_fault_of_ours_is_no_score(job: Run) -> None:
    done = job("gradescope", _REFERENCE, env={"GRADER_KEY": "", "CI": "true"})

    found = done.json(_RESULTS)
    assert done.done.returncode == 2
    assert ungraded(found)
    assert "no fault of yours" in found["output"]


def test_a_broken_assignment_tells_students_nothing_of_it(job: Run, tmp_path: Path) -> None:
    for part in ("assignments", "solutions"):
        shutil.copytree(ROOT / part / "backprop", tmp_path / part / "backprop")
    folder = tmp_path / "assignments" / "backprop"
    notebook = folder / "notebook.ipynb"
    notebook.write_text(notebook.read_text().replace("20.1 20.1 20.1", "20.1 20.2 20.1", 1))

    done = job("gradescope", _REFERENCE, assignment=folder)

    assert done.done.returncode == 4
    assert ungraded(done.json(_RESULTS))
    assert "20.1" in done.done.stderr  # for the instructor alone
    assert "20.1" not in done.text(_RESULTS)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [("layers.ipynb", "{}", "open it in Jupyter"), ("essay.txt", "", "call it layers.py")],
)
def test_what_a_student_can_put_right_is_told(
    name: str, content: str, told: str, run_cli: RunCli, tmp_path: Path
) -> None:
    (places.checkout(tmp_path, "gradescope") / name).write_text(content)

    done = places.run(run_cli, tmp_path, "gradescope")

    assert done.done.returncode == 4
    assert ungraded(done.json(_RESULTS))
    assert told in done.json(_RESULTS)["output"]


def test_killed_midway_it_leaves_results_without_a_score(
    cli_environment: dict[str, str], tmp_path: Path
) -> None:
    handed_in = places.checkout(tmp_path, "gradescope")
    shutil.copyfile(_REFERENCE, handed_in / "layers.py")
    command = [sys.executable, "-m", "grader", "ci", "--service", "gradescope", "-a", str(BACKPROP)]
    with subprocess.Popen(command, cwd=tmp_path, env=cli_environment) as process:
        while not (tmp_path / _RESULTS).exists():
            time.sleep(0.01)
        process.kill()

    assert ungraded(Job(None, tmp_path).json(_RESULTS))  # type: ignore[arg-type]


_INTRUDER = """
import os

def attempt(act):
    try:
        return bool(act())
    except BaseException:
        return False

def forge():
    with open(RESULTS, "w") as file:
        return file.write('{"score": 10}')

def look():
    return open(SECRET).read()
"""


def test_student_code_reaches_neither_results_nor_the_source(job: Run, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    places.checkout(folder, "gradescope")
    (folder / "source" / "secret").write_text("the expected values")
    folder.chmod(0o777)
    (folder / "results").chmod(0o777)
    intruder = tmp_path / "intruder.py"
    say = "raise ValueError(f'forged {forged}, read {read}, user {os.getuid()}')"
    acts = "forged, read = attempt(forge), attempt(look)"
    body = _REFERENCE.read_text().replace("self.dbiases =", f"{acts}\n        {say}\n        #", 1)
    values = f"RESULTS, SECRET = {str(folder / _RESULTS)!r}, {str(folder / 'source' / 'secret')!r}"
    intruder.write_text(f"{values}\n{_INTRUDER}\n{body}")

    done = job("gradescope", intruder)

    found = done.json(_RESULTS)
    said = re.search(r"forged (\w+), read (\w+), user (\d+)", found["output"])
    assert said is not None
    assert said.groups()[:2] == ("False", "False")
    assert os.getuid() != 0 or said[3] != "0"
    assert found["score"] < 10


# --- whose choice it is ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["classroom50", "gradescope"])
def test_a_student_cannot_choose_the_assignment_of_record(
    name: str, job: Run, tmp_path: Path
) -> None:
    handed_in = places.checkout(tmp_path / "work", name)
    handed_in.mkdir(parents=True, exist_ok=True)
    (handed_in / ".grader.toml").write_text(f'assignment = "{BACKPROP}"\n')

    done = job(name, _REFERENCE, assignment=None)

    assert done.done.returncode == 2
    assert "--assignment" in done.done.stderr


def test_a_student_cannot_take_the_name_of_an_assignment(job: Run, tmp_path: Path) -> None:
    shutil.copytree(BACKPROP, tmp_path / "work" / "backprop")

    done = job("classroom50", _REFERENCE, "-a", "backprop", assignment=None)

    assert done.done.returncode == 2
    assert "the assignment lies in what was handed in" in done.done.stderr


def test_a_runners_file_that_cannot_be_written_is_told(job: Run, tmp_path: Path) -> None:
    done = job("github", _STUB, env={"GITHUB_OUTPUT": str(tmp_path)})

    assert done.done.returncode == 2
    assert "GITHUB_OUTPUT" in done.done.stderr


@pytest.mark.parametrize("name", ["classroom50", "gradescope", "github"])
@pytest.mark.parametrize("way", ["a path", "an absolute path", "a link"])
def test_a_student_cannot_hand_in_what_is_not_theirs(
    name: str, way: str, job: Run, tmp_path: Path
) -> None:
    handed_in = places.checkout(tmp_path / "work", name)
    handed_in.mkdir(parents=True, exist_ok=True)
    (handed_in / "link").symlink_to(_SOLUTIONS)
    ways = {
        "a path": os.path.relpath(_REFERENCE, handed_in),
        "an absolute path": str(_REFERENCE),
        "a link": "link/layers.py",
    }
    (handed_in / ".grader.toml").write_text(f'submission = "{ways[way]}"\n')

    done = job(name, _STUB)

    assert done.done.returncode == 4
    assert "is not beside it" in done.done.stderr


# --- some cases could not be run ------------------------------------------------------------------


@pytest.fixture
def partly(grade: Grade) -> Graded:
    """Return a grading of which one case, through a fault of ours, has no verdict."""
    graded = grade(_REFERENCE)
    first, *rest = graded.scorecard.exercises
    case = first.cases[-1]
    none = tuple(
        msgspec.structs.replace(one, state=State.NOT_RUN, points=0.0) for one in case.outputs
    )
    broken = msgspec.structs.replace(case, state=State.NOT_RUN, outputs=none)
    exercise = msgspec.structs.replace(first, cases=(*first.cases[:-1], broken))
    card = msgspec.structs.replace(graded.scorecard, exercises=(exercise, *rest))
    return msgspec.structs.replace(graded, scorecard=card, shown=card)


@pytest.mark.parametrize("name", places.SERVICES)
def test_what_was_graded_in_part_is_no_result(
    name: str,
    partly: Graded,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "work"
    places.checkout(folder, name).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(folder)
    variables = places.environment(folder, name)

    with Desk(Service(name), Path(), variables) as desk:
        desk.write(partly, desk.submitted / "layers.py", Path("junit.xml"), Path("page.html"))

    log = capsys.readouterr().out
    assert "could not be graded" in log
    assert of_kind(log, "notice") == of_kind(log, "error") == []
    assert not Path("result.json").exists()
    if name == "gradescope":
        assert ungraded(msgspec.json.decode(Path(_RESULTS).read_bytes()))
    if name == "github":
        told = Path(variables["GITHUB_OUTPUT"]).read_text(encoding="utf-8")
        assert readers.outputs(told)["complete"] == "false"
