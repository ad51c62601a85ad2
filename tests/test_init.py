"""`grader init`: what it writes is valid, has no holes that are known, and runs."""

import base64
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ci import places, workflows
from tests.ci.schemas import RESULT, RESULTS, complaints
from tests.conftest import BACKPROP, ROOT, SECRET, RunCli

_ADDRESS = "git+https://git.example.org/course/grader.git@v1.2"
_WORKFLOWS = {
    "github": ".github/workflows/feedback.yml",
    "gitea": ".gitea/workflows/feedback.yml",
    "gitlab": ".gitlab-ci.yml",
}
_ON_GITHUB = ("github", "gitea")


@pytest.fixture(scope="module")
def written(run_cli: RunCli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what is written for each service, in one of its name."""
    root = tmp_path_factory.mktemp("init")
    for service in _WORKFLOWS:
        done = _init(run_cli, service, root / service)
        assert (done.returncode, done.stderr) == (0, "")
    return root


def _init(
    run_cli: RunCli, service: str, out: Path, *more: str, install: str = _ADDRESS
) -> subprocess.CompletedProcess[str]:
    return run_cli("init", service, "-o", out, "-a", BACKPROP, "--install", install, *more)


def _scripts(path: Path) -> Iterator[str]:
    """Yield what the shell of a runner is given."""
    found = workflows.read(path)
    if path.name == ".gitlab-ci.yml":
        yield "\n".join(found["feedback"]["script"])
        return
    for step in found["jobs"]["feedback"]["steps"]:
        yield step["run"]


def _told(path: Path) -> dict[str, str]:
    """Return the variables that a workflow sets for all that it runs."""
    found = workflows.read(path)
    told: dict[str, str] = (
        found["feedback"]["variables"] if "feedback" in found else found["jobs"]["feedback"]["env"]
    )
    return told


@pytest.mark.parametrize("service", _WORKFLOWS)
def test_a_workflow_is_valid_by_the_published_schema(written: Path, service: str) -> None:
    path = written / service / _WORKFLOWS[service]
    broken = path.with_name("broken.yml")
    broken.write_text(re.sub(r"(?m)^( *)(steps|script):", r"\1stepps:", path.read_text("utf-8")))

    done = workflows.by_schema(service, path)
    refused = workflows.by_schema(service, broken)
    broken.unlink()

    assert done.returncode == 0, done.stdout
    assert refused.returncode == 1


@pytest.mark.parametrize("service", _ON_GITHUB)
def test_an_auditor_finds_no_hole(written: Path, service: str, tmp_path: Path) -> None:
    path = written / service / _WORKFLOWS[service]
    open_ = tmp_path / "open.yml"
    open_.write_text(
        path.read_text("utf-8").replace('"$GITHUB_SHA"', "${{ github.head_ref }}"), "utf-8"
    )

    done = workflows.tool("zizmor", "--offline", "--no-progress", path)
    found = workflows.tool("zizmor", "--offline", "--no-progress", open_)

    assert done.returncode == 0, done.stdout
    assert "template-injection" in found.stdout


@pytest.mark.parametrize("service", _ON_GITHUB)
def test_a_job_may_read_and_nothing_else(written: Path, service: str) -> None:
    found = workflows.read(written / service / _WORKFLOWS[service])

    job = found["jobs"]["feedback"]
    assert found["permissions"] == {}
    assert job["permissions"] == {"contents": "read"}
    assert job["timeout-minutes"] == 10
    assert found["concurrency"]["cancel-in-progress"] is True
    assert not any("uses" in step for step in job["steps"])
    assert "pull_request_target" not in found["on"]
    assert list(job["steps"][0]["env"]) == ["TOKEN"]
    assert not any("env" in step for step in job["steps"][1:])


@pytest.mark.parametrize("service", _WORKFLOWS)
def test_what_a_shell_is_given_is_sound_and_holds_no_value(written: Path, service: str) -> None:
    for script in _scripts(written / service / _WORKFLOWS[service]):
        done = subprocess.run(["bash", "-n"], input=script, text=True, check=False)

        assert done.returncode == 0
        assert "${{" not in script
        assert _ADDRESS not in script


@pytest.mark.parametrize("service", _WORKFLOWS)
def test_the_values_arrive_as_they_were_given(written: Path, service: str) -> None:
    told = _told(written / service / _WORKFLOWS[service])

    assert told["GRADER_INSTALL"] == _ADDRESS
    assert told["GRADER_KIT"] == "assignments/backprop"


@pytest.mark.parametrize("service", _WORKFLOWS)
def test_it_says_what_is_advice_and_how_the_mark_of_record_is_made(
    written: Path, service: str
) -> None:
    text = (written / service / _WORKFLOWS[service]).read_text("utf-8")

    assert "is advice, not a mark" in text
    assert all(f"grader {one}" in text for one in ("draw", "collect", "judge", "batch"))


@pytest.mark.parametrize(
    "hostile",
    [
        "x; rm -rf /",
        "$(touch owned)",
        "`touch owned`",
        '"; touch owned; "',
        "'; touch owned; '",
        "${{ secrets.KEY }}",
        "x\n      - run: touch owned",
        "x\\y",
        "--index-url=https://example.org",
        "-r/etc/passwd",
        "",
        "http://example.org/ndgrader.whl",
        "git+http://example.org/grader.git",
        "git://example.org/grader.git",
        "ndgrader @ http://example.org/ndgrader.whl",
        "ndgrader@HTTP://example.org/ndgrader.whl",
        "https://anna:hunter2@example.org/ndgrader.whl",
        "git+https://ghp_token@example.org/grader.git",
        "ndgrader @ git+https://anna:hunter2@example.org/grader.git",
        "\u202egnp.exe",
    ],
)
def test_what_could_be_a_command_or_tells_a_secret_is_refused(
    run_cli: RunCli, tmp_path: Path, hostile: str
) -> None:
    done = _init(run_cli, "github", tmp_path / "out", install=hostile)

    assert done.returncode == 2
    assert "Next: " in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "sound",
    [
        "ndgrader==0.1.0",
        "ndgrader[sign]>=0.1,<2",
        "https://example.org/ndgrader-0.1.0-py3-none-any.whl#sha256=00ff",
        "git+ssh://git@example.org/course/grader.git",
        "ndgrader @ git+https://example.org/grader.git@main",
        "./wheels/ndgrader-0.1.0-py3-none-any.whl",
    ],
)
@pytest.mark.parametrize("service", ["github", "gitlab"])
def test_what_pip_takes_is_written_as_it_is(
    run_cli: RunCli, tmp_path: Path, sound: str, service: str
) -> None:
    done = _init(run_cli, service, tmp_path, install=sound)

    assert done.returncode == 0, done.stderr
    assert _told(tmp_path / _WORKFLOWS[service])["GRADER_INSTALL"] == sound


@pytest.mark.parametrize("service", _WORKFLOWS)
def test_a_wheel_that_is_at_hand_goes_with_the_files(
    run_cli: RunCli, tmp_path: Path, service: str
) -> None:
    wheel = tmp_path / "ndgrader-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")

    done = _init(run_cli, service, tmp_path / "out", install=str(wheel))

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / ".grader" / wheel.name).read_bytes() == b"a wheel"
    text = (tmp_path / "out" / _WORKFLOWS[service]).read_text("utf-8")
    assert f'GRADER_INSTALL: "./.grader/{wheel.name}"' in text
    assert str(tmp_path) not in text


def test_nothing_is_written_over_unless_that_is_said(run_cli: RunCli, tmp_path: Path) -> None:
    path = tmp_path / _WORKFLOWS["github"]
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    (tmp_path / "README.md").write_text("mine, too")

    refused = _init(run_cli, "github", tmp_path)
    kept = path.read_text("utf-8")
    done = _init(run_cli, "github", tmp_path, "--update")

    assert refused.returncode == 2
    assert _WORKFLOWS["github"] in refused.stderr
    assert "--update" in refused.stderr
    assert kept == "mine"
    assert done.returncode == 0, done.stderr
    assert path.read_text("utf-8").startswith("# Feedback on each push")
    assert (tmp_path / "README.md").read_text("utf-8") == "mine, too"


def test_a_folder_with_a_hostile_name_is_no_assignment(run_cli: RunCli, tmp_path: Path) -> None:
    name = "a'; touch owned; '"
    for part in ("assignments", "solutions"):
        shutil.copytree(ROOT / part / "backprop", tmp_path / part / name)

    done = run_cli(
        "init", "github", "-o", tmp_path / "out", "-a", name, "--install", _ADDRESS, cwd=tmp_path
    )

    assert done.returncode == 2
    assert "call it by letters" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def kit(run_cli: RunCli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("released") / "kit"
    released = run_cli("release", BACKPROP, "-o", out, seconds=120)
    assert released.returncode == 0, released.stderr
    return out


@pytest.fixture(scope="module")
def pushed(kit: Path, run_cli: RunCli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that stands for a server, with one repository: a kit, workflows, a stub."""
    root = tmp_path_factory.mktemp("server")
    work = root / "work"
    shutil.copytree(kit, work)
    for service in _WORKFLOWS:
        done = _init(run_cli, service, work, install=str(ROOT))
        assert done.returncode == 0, done.stderr
    workflows.git(work, "init", "--quiet")
    workflows.git(work, "add", "--all")
    workflows.git(work, "commit", "--quiet", "-m", "Start")
    workflows.git(root, "clone", "--quiet", "--bare", str(work), str(root / "course" / "anna"))
    return root


def _runner(pushed: Path, tmp_path: Path, path: Path) -> dict[str, str]:
    """Return the environment that a runner gives to each step."""
    (tmp_path / "temp").mkdir()
    made = {
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path / "temp"),
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "CI": "true",
        "GITHUB_SERVER_URL": f"file://{pushed}",
        "GITHUB_REPOSITORY": "course/anna",
        "GITHUB_SHA": workflows.git(pushed / "course" / "anna", "rev-parse", "HEAD"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "TOKEN": "a-token-of-this-run",
    }
    return workflows.machine() | _told(path) | made


@pytest.mark.parametrize("service", _ON_GITHUB)
def test_what_was_pushed_is_fetched_and_the_token_is_kept_nowhere(
    written: Path, pushed: Path, tmp_path: Path, service: str
) -> None:
    path = written / service / _WORKFLOWS[service]
    place = tmp_path / "checkout"
    place.mkdir()
    environment = _runner(pushed, tmp_path, path)

    subprocess.run([*workflows.SHELL, next(_scripts(path))], cwd=place, env=environment, check=True)

    assert (place / "layers.py").is_file()
    assert workflows.git(place, "rev-parse", "HEAD") == environment["GITHUB_SHA"]
    files = [one for one in tmp_path.rglob("*") if one.is_file()]
    sent = base64.b64encode(b"x-access-token:a-token-of-this-run")
    assert not any(one in file.read_bytes() for file in files for one in (b"of-this-run", sent))


@pytest.mark.wheel
@pytest.mark.parametrize("service", _WORKFLOWS)
def test_all_steps_run_from_a_push_to_feedback(pushed: Path, tmp_path: Path, service: str) -> None:
    path = pushed / "work" / _WORKFLOWS[service]
    place = tmp_path / "checkout"
    place.mkdir()
    named = {"github": "GITHUB_ACTIONS", "gitea": "GITEA_ACTIONS", "gitlab": "GITLAB_CI"}
    environment = _runner(pushed, tmp_path, path) | {named[service]: "true"}
    if service == "gitlab":  # its runner fetches by itself
        workflows.git(tmp_path, "clone", "--quiet", str(pushed / "course" / "anna"), str(place))

    said = [
        subprocess.run(
            [*workflows.SHELL, script], cwd=place, env=environment, capture_output=True, text=True,
            check=False,
        )
        for script in _scripts(path)
    ]  # fmt: skip

    assert [one.returncode for one in said] == [0] * len(said), said[-1].stderr
    assert "of 10" in said[-1].stdout
    assert (place / "grader-report.html").read_text("utf-8").startswith("<!doctype")
    assert (place / "gl-code-quality-report.json").exists() == (service == "gitlab")


# --- Classroom 50 ---------------------------------------------------------------------------------


def test_classroom_50_is_given_a_kit_and_nothing_else(
    run_cli: RunCli, kit: Path, tmp_path: Path
) -> None:
    wheel = tmp_path / "ndgrader-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    out = tmp_path / "out"
    told = ("--install", wheel)

    refused = _init(run_cli, "classroom50", out)
    done = run_cli("init", "classroom50", "-o", out, "-a", kit / "assignments" / "backprop", *told)

    assert refused.returncode == 2
    assert "is no kit" in refused.stderr
    assert done.returncode == 0, done.stderr
    folder = out / "autograders" / "backprop"
    assert {str(one.relative_to(folder)) for one in out.rglob("*") if one.is_file()} == {
        "autograder.py", "assignments/backprop/assignment.kit", wheel.name,
    }  # fmt: skip
    text = (folder / "autograder.py").read_text("utf-8")
    compile(text, "autograder.py", "exec")
    assert f'INSTALL = HERE / "{wheel.name}"' in text


@pytest.mark.wheel
def test_an_autograder_of_classroom_50_writes_its_result(
    run_cli: RunCli, kit: Path, tmp_path: Path
) -> None:
    place = tmp_path / "checkout"
    place.mkdir()
    shutil.copy(ROOT / "solutions" / "backprop" / "layers.py", place)
    (place / "subprocess.py").write_text("raise SystemExit(7)")  # a student's own: not imported
    named = ("-a", kit / "assignments" / "backprop", "--install", ROOT)
    written = run_cli("init", "classroom50", "-o", tmp_path / "out", *named)
    assert written.returncode == 0, written.stderr

    done = subprocess.run(
        [sys.executable, tmp_path / "out" / "autograders" / "backprop" / "autograder.py"],
        cwd=place, env=workflows.machine() | places.environment(place, "classroom50"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    found = json.loads((place / "result.json").read_text("utf-8"))
    assert complaints(found, RESULT) == []
    assert found["score"] == found["max-score"] > 0


# --- Gradescope -----------------------------------------------------------------------------------


def _archive(run_cli: RunCli, out: Path, install: str | Path = _ADDRESS) -> Path:
    done = _init(run_cli, "gradescope", out, install=str(install))
    assert done.returncode == 0, done.stderr
    assert "keep it to yourself" in done.stdout
    return out / "backprop-gradescope.zip"


def test_the_archive_is_the_same_each_time_and_its_owners_alone(
    run_cli: RunCli, tmp_path: Path
) -> None:
    first, second = (_archive(run_cli, tmp_path / one) for one in ("a", "b"))

    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_mode & 0o777 == 0o600


def test_the_archive_holds_scripts_at_its_root_and_what_makes_a_mark(
    run_cli: RunCli, tmp_path: Path
) -> None:
    wheel = tmp_path / "ndgrader-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")

    with zipfile.ZipFile(_archive(run_cli, tmp_path / "out", wheel)) as archive:
        names = archive.namelist()
        modes = {one.filename: one.external_attr >> 16 & 0o777 for one in archive.infolist()}
        scripts = {one: archive.read(one) for one in ("setup.sh", "run_autograder")}
        secret, taken = archive.read("home/key"), archive.read(wheel.name)

    assert {"assignments/backprop/cases.py", "solutions/backprop/layers.py"} <= set(names)
    assert not any("__pycache__" in one for one in names)
    assert {one for one, mode in modes.items() if mode == 0o755} == set(scripts)
    assert {mode for one, mode in modes.items() if one not in scripts} == {0o600}
    assert (secret.decode().strip(), taken) == (SECRET, b"a wheel")
    assert f'install="$here"/{wheel.name}'.encode() in scripts["setup.sh"]
    for script in scripts.values():
        assert subprocess.run(["bash", "-n"], input=script, check=False).returncode == 0


def test_a_kit_makes_no_mark_on_gradescope(run_cli: RunCli, kit: Path, tmp_path: Path) -> None:
    named = ("-a", kit / "assignments" / "backprop", "--install", _ADDRESS)

    done = run_cli("init", "gradescope", "-o", tmp_path / "out", *named)

    assert done.returncode == 2
    assert "is a student's kit" in done.stderr


@pytest.mark.wheel
def test_gradescope_builds_an_image_and_grades_in_it(run_cli: RunCli, tmp_path: Path) -> None:
    place = tmp_path / "autograder"
    submission = places.checkout(place, "gradescope")
    with zipfile.ZipFile(_archive(run_cli, tmp_path, ROOT)) as archive:
        archive.extractall(place / "source")
    shutil.copy(place / "source" / "run_autograder", place)
    shutil.copy(ROOT / "solutions" / "backprop" / "layers.py", submission)
    environment = workflows.machine() | {"HOME": str(tmp_path)}

    for script in ("source/setup.sh", "run_autograder"):
        subprocess.run(["bash", place / script], cwd="/", env=environment, check=True)

    found = json.loads((place / "results" / "results.json").read_text("utf-8"))
    assert complaints(found, RESULTS) == []
    assert found["score"] == 10
    assert (place / "source" / "home" / "key").stat().st_mode & 0o077 == 0
    assert (place / "source").stat().st_mode & 0o077 == 0
