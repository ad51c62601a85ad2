"""`grader init …-record`: the mark of record in three jobs, in a course's own repository."""

import base64
import random
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from grader.assignment.key import Key
from grader.split.draw import opened_draw
from tests.ci import workflows
from tests.ci.readers import commands, outputs
from tests.conftest import BACKPROP, ROOT, SECRET, RunCli

_ADDRESS = "git+https://git.example.org/course/grader.git@v1.2"
_RECORDS = {
    "github": ".github/workflows/record.yml",
    "gitea": ".gitea/workflows/record.yml",
    "gitlab": ".gitlab-ci.yml",
}
_ON_GITHUB = ("github", "gitea")
_JOBS = ("draw", "collect", "judge")
_INSTALL = "Install the grader"
_MEAN = ROOT / "solutions" / "backprop" / "mistakes" / "mean-over-batch.py"


def _init(
    run_cli: RunCli, service: str, out: Path, assignment: Path = BACKPROP, install: str = _ADDRESS
) -> subprocess.CompletedProcess[str]:
    named = ("-a", assignment, "--install", install)
    return run_cli("init", f"{service}-record", "-o", out, *named)


@pytest.fixture(scope="module")
def written(run_cli: RunCli, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the workflow of each service."""
    root = tmp_path_factory.mktemp("record")
    for service in _RECORDS:
        done = _init(run_cli, service, root / service)
        assert (done.returncode, done.stderr) == (0, "")
    return {service: root / service / name for service, name in _RECORDS.items()}


def _scripts(path: Path) -> Iterator[str]:
    """Yield what the shell of a runner is given."""
    found = workflows.read(path)
    if "jobs" in found:
        yield from (step["run"] for job in found["jobs"].values() for step in job["steps"])
    else:
        yield from (_script(found, name) for name in _JOBS)


def _job(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a job of GitLab with what it extends."""
    job = found[name]
    return {**found.get(job.get("extends"), {}), **job}


def _script(found: Mapping[str, Any], name: str) -> str:
    job = _job(found, name)
    return "\n".join([*job.get("before_script", []), *job["script"]])


# --- what is written ------------------------------------------------------------------------------


@pytest.mark.parametrize("service", _RECORDS)
def test_a_record_is_valid_by_the_published_schema(
    written: dict[str, Path], service: str, tmp_path: Path
) -> None:
    broken = tmp_path / written[service].name
    text = written[service].read_text("utf-8")
    broken.write_text(re.sub(r"(?m)^( *)(steps|script):", r"\1stepps:", text), "utf-8")

    done = workflows.by_schema(service, written[service])
    refused = workflows.by_schema(service, broken)

    assert done.returncode == 0, done.stdout
    assert refused.returncode == 1


def test_gitea_has_what_github_has(written: dict[str, Path]) -> None:
    assert written["gitea"].read_bytes() == written["github"].read_bytes()


def test_an_auditor_finds_no_hole(written: dict[str, Path], tmp_path: Path) -> None:
    path, open_ = written["github"], tmp_path / "open.yml"
    answers = "$ANSWERS0"
    open_.write_text(
        path.read_text("utf-8").replace(answers, "${{ needs.collect.outputs.part0 }}"), "utf-8"
    )

    done = workflows.tool("zizmor", "--offline", "--no-progress", path)
    found = workflows.tool("zizmor", "--offline", "--no-progress", open_)

    assert done.returncode == 0, done.stdout
    assert "template-injection" in found.stdout


def test_on_github_a_job_may_do_what_it_has_to_and_nothing_else(written: dict[str, Path]) -> None:
    found = workflows.read(written["github"])

    jobs = found["jobs"]
    assert found["permissions"] == {}
    assert list(found["on"]) == ["workflow_dispatch"]
    assert {name: job["permissions"] for name, job in jobs.items()} == {
        "draw": {"contents": "read"}, "collect": {}, "judge": {"contents": "read"},
    }  # fmt: skip
    assert jobs["collect"]["needs"] == "draw"
    assert jobs["judge"]["needs"] == ["draw", "collect"]
    assert not any("uses" in step for job in jobs.values() for step in job["steps"])


def test_on_github_each_secret_is_in_the_steps_that_need_it(written: dict[str, Path]) -> None:
    found = workflows.read(written["github"])

    assert "secrets" not in str(found["env"])
    with_secrets = {
        (name, step["name"], secret)
        for name, job in found["jobs"].items()
        for step in job["steps"]
        for secret in re.findall(r"secrets\.(\w+)|(github\.token)", str(step))
    }
    assert {(job, step, max(secret)) for job, step, secret in with_secrets} == {
        ("draw", "Fetch this repository", "github.token"),
        ("draw", "Fetch what was handed in", "STUDENTS_TOKEN"),
        ("draw", "Fetch what was handed in", "github.token"),
        ("draw", "Draw", "GRADER_KEY"),
        ("judge", "Fetch this repository", "github.token"),
        ("judge", "Judge", "GRADER_KEY"),
    }


def test_on_gitlab_collect_is_outside_of_the_scope_of_secrets(written: dict[str, Path]) -> None:
    found = workflows.read(written["gitlab"])

    scopes = {name: _job(found, name).get("environment") for name in _JOBS}
    scope = {"name": "grader", "action": "access"}  # a deployment is not what this is
    assert scopes == {"draw": scope, "collect": None, "judge": scope}
    assert found["variables"]["GIT_STRATEGY"] == "empty"
    assert all(found[name]["artifacts"]["access"] == "developer" for name in _JOBS)
    assert found["collect"]["needs"] == ["draw"]
    assert found["judge"]["needs"] == ["draw", "collect"]
    sources = [rule["if"] for rule in found["workflow"]["rules"]]
    assert sources == [f'$CI_PIPELINE_SOURCE == "{one}"' for one in ("web", "api", "trigger")]


@pytest.mark.parametrize("service", _RECORDS)
def test_what_a_shell_is_given_is_sound_and_holds_no_value(
    written: dict[str, Path], service: str
) -> None:
    for script in _scripts(written[service]):
        done = subprocess.run(["bash", "-n"], input=script, text=True, check=False)

        assert done.returncode == 0
        assert "${{" not in script
        assert _ADDRESS not in script
        assert "backprop" not in script


@pytest.mark.parametrize("service", _RECORDS)
def test_the_values_arrive_as_they_were_given(written: dict[str, Path], service: str) -> None:
    found = workflows.read(written[service])

    if service == "gitlab":
        told = found["variables"]
        assert told["GRADER_INSTALL"] == _ADDRESS
        assert (told["ASSIGNMENT"]["value"], told["FILE"]["value"]) == ("backprop", "layers.py")
        return
    asked = found["on"]["workflow_dispatch"]["inputs"]
    assert found["env"] == {"GRADER_INSTALL": _ADDRESS}
    assert (asked["assignment"]["default"], asked["file"]["default"]) == ("backprop", "layers.py")


@pytest.mark.parametrize("service", _RECORDS)
def test_a_wheel_that_is_at_hand_is_not_put_beside_the_solutions(
    run_cli: RunCli, tmp_path: Path, service: str
) -> None:
    wheel = tmp_path / "ndgrader-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")

    done = _init(run_cli, service, tmp_path / "out", install=str(wheel))

    assert done.returncode == 2
    assert "Next: give the wheel's https address" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_kit_makes_no_mark_of_record(run_cli: RunCli, tmp_path: Path) -> None:
    mse = ROOT / "assignments" / "mse"
    released = run_cli("release", mse, "-o", tmp_path / "kit", seconds=240)
    assert released.returncode == 0, released.stderr

    done = _init(run_cli, "github", tmp_path / "out", tmp_path / "kit" / "assignments" / "mse")

    assert done.returncode == 2
    assert "is a student's kit" in done.stderr


# --- what it does ---------------------------------------------------------------------------------


class Server:
    """A folder that stands for a service: the course's own repository, and a student's."""

    def __init__(self, root: Path, run_cli: RunCli) -> None:
        self.root = root
        self.url = f"file://{root}"
        own = root / "own"
        for part in ("assignments", "solutions"):
            shutil.copytree(ROOT / part / "backprop", own / part / "backprop")
        for service in _RECORDS:
            done = _init(run_cli, service, own, install=str(ROOT))
            assert done.returncode == 0, done.stderr
        self.own = self._pushed("own")

    def hand_in(self, source: str) -> str:
        """Push a student's work; return its commit."""
        work = self.root / "anna"
        work.mkdir(exist_ok=True)
        (work / "layers.py").write_text(source, "utf-8")
        (work / ".gitattributes").write_text("* export-ignore filter=theirs ident\n", "utf-8")
        return self._pushed("anna")

    def workflow(self, service: str) -> Any:  # noqa: ANN401 - a workflow is what it is
        return workflows.read(self.root / "own" / _RECORDS[service])

    def _pushed(self, name: str) -> str:
        work, bare = self.root / name, self.root / "course" / f"{name}.git"
        workflows.git(work, "init", "--quiet")
        workflows.git(work, "add", "--all")
        workflows.git(work, "commit", "--quiet", "--allow-empty", "-m", "Work")
        workflows.git(self.root, "init", "--quiet", "--bare", str(bare))
        workflows.git(work, "push", "--quiet", "--force", str(bare), "HEAD:refs/heads/main")
        return workflows.git(work, "rev-parse", "HEAD")


@pytest.fixture(scope="module")
def server(run_cli: RunCli, tmp_path_factory: pytest.TempPathFactory) -> Server:
    return Server(tmp_path_factory.mktemp("server"), run_cli)


class GitHub:
    """Runs jobs as a runner of GitHub does, each in a folder of its own."""

    def __init__(self, server: Server, place: Path, commit: str) -> None:
        self.place = place
        self.workflow = server.workflow("github")
        self.instead: dict[str, str] = {}  # scripts of steps, by their names
        self.known = {
            "github.token": "a-token-of-this-run",
            "secrets.STUDENTS_TOKEN || github.token": "a-token-of-the-course",
            "secrets.GRADER_KEY": SECRET,
            "inputs.repository": "course/anna",
            "inputs.commit": commit,
            "inputs.file": "layers.py",
            "inputs.assignment": "backprop",
        }
        self.given = workflows.machine() | {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_SERVER_URL": server.url,
            "GITHUB_REPOSITORY": "course/own",
            "GITHUB_SHA": server.own,
        }
        self.seen: dict[str, list[dict[str, str]]] = {}  # environments, by job

    def run(self, name: str) -> list[subprocess.CompletedProcess[str]]:
        """Run a job until a step fails, and keep its outputs for those that need it."""
        job, folder = self.workflow["jobs"][name], self.place / name
        folder.mkdir()
        done: list[subprocess.CompletedProcess[str]] = []
        for step in job["steps"]:
            if done and done[-1].returncode:
                break
            done.append(self._step(name, step, folder))
        for output, expression in job.get("outputs", {}).items():
            self.known[f"needs.{name}.outputs.{output}"] = self._value(expression)
        return done

    def _step(
        self, job: str, step: dict[str, Any], folder: Path
    ) -> subprocess.CompletedProcess[str]:
        written = self.place / f"{job}-output"
        written.write_text("")
        told = {**self.workflow["env"], **step.get("env", {})}
        environment = self.given | {
            "HOME": str(self.place),
            "GITHUB_OUTPUT": str(written),
            "GITHUB_STEP_SUMMARY": str(self.place / "summary.md"),
            **{name: self._value(value) for name, value in told.items()},
        }
        self.seen.setdefault(job, []).append(environment)
        script = self.instead.get(step["name"], step["run"])
        done = subprocess.run(
            [*workflows.SHELL, script], cwd=folder, env=environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        for name, value in outputs(written.read_text("utf-8")).items():
            self.known[f"steps.{step['id']}.outputs.{name}"] = value
        return done

    def _value(self, text: str) -> str:
        """Return what an expression stands for; an output that was never set is empty."""
        found = re.fullmatch(r"\$\{\{ (.*) \}\}", text)
        if found is None:
            return text
        return self.known.get(found[1], "") if ".outputs." in found[1] else self.known[found[1]]


def _here(tmp_path: Path) -> str:
    """Return the script that, in place of an installation, makes this grader the one of a job."""
    grader = tmp_path / "grader.sh"
    run = shlex.join(["env", f"PYTHONPATH={ROOT}", sys.executable, "-m", "grader"])
    grader.write_text(f'#!/bin/sh\nexec {run} "$@"\n')
    grader.chmod(0o755)
    return f"mkdir -p venv/bin; ln -s {shlex.quote(str(grader))} venv/bin/grader"


@pytest.fixture
def jobs(server: Server, tmp_path: Path) -> Callable[[str], GitHub]:
    """Return jobs for a student's source, where the grader is at hand already."""

    def made(source: str) -> GitHub:
        on = GitHub(server, tmp_path, server.hand_in(source))
        on.instead[_INSTALL] = _here(tmp_path)
        return on

    return made


def _fails(done: list[subprocess.CompletedProcess[str]]) -> str:
    """Return what the last step of a job failed with."""
    assert done[-1].returncode != 0
    assert all(one.returncode == 0 for one in done[:-1])
    return done[-1].stderr


def _holds(grader: Path, folder: Path, submission: Path, asked: Path, card: Path) -> None:
    """Assert that a scorecard is the one of a grading in one place, by the same draws."""
    key = Key(SECRET.encode(), "").for_run(opened_draw(asked.read_bytes()).nonce)
    told = ("-a", BACKPROP, "--json", "whole.json", "--report", "whole.html")
    whole = subprocess.run(
        [grader, "grade", submission, *told], cwd=folder, check=False, capture_output=True,
        env=workflows.machine() | {"HOME": str(folder), "GRADER_KEY": key.secret.decode()},
    )  # fmt: skip
    assert whole.returncode == 0, whole.stderr
    assert card.read_bytes() == (folder / "whole.json").read_bytes()
    assert b'"student": "anna"' in card.read_bytes()


def _have_run(on: GitHub) -> None:
    for name in _JOBS:
        for done in on.run(name):
            assert done.returncode == 0, done.stderr


def test_three_jobs_grade_as_one_command_does(
    jobs: Callable[[str], GitHub], tmp_path: Path
) -> None:
    on = jobs(_MEAN.read_text("utf-8"))

    _have_run(on)

    judge = tmp_path / "judge"
    run, summary = judge / "run", (tmp_path / "summary.md").read_text("utf-8")
    _holds(judge / "venv/bin/grader", tmp_path, run / "submission" / "anna", run / "run.draw",
           run / "card.json")  # fmt: skip
    assert (run / "card.json").read_text("utf-8") in summary
    assert summary.startswith("```json\n")
    assert not (tmp_path / "collect" / "course").exists()
    secrets = (SECRET, "a-token-of-the-course", "a-token-of-this-run")
    told = [value for one in on.seen["collect"] for value in one.values()]
    assert not any(secret in value for secret in secrets for value in told)
    files = [one for one in (tmp_path / "collect").rglob("*") if one.is_file()]
    assert not any(one.encode() in file.read_bytes() for file in files for one in secrets)


@pytest.mark.wheel
def test_three_jobs_install_the_grader_and_grade(server: Server, tmp_path: Path) -> None:
    on = GitHub(server, tmp_path, server.hand_in(_MEAN.read_text("utf-8")))

    _have_run(on)

    judge = tmp_path / "judge"
    _holds(judge / "venv/bin/grader", tmp_path, judge / "run" / "submission" / "anna",
           judge / "run" / "run.draw", judge / "run" / "card.json")  # fmt: skip


def test_what_student_code_says_is_no_command_in_a_log(jobs: Callable[[str], GitHub]) -> None:
    hostile = "::add-mask::10", "##[add-mask]10", "::error::owned", "::stop-commands::x"
    said = "\n".join(f"        print({one!r}); print('\\n' + {one!r})" for one in hostile)
    source = _MEAN.read_text("utf-8").replace("self.dbiases =", "self.dbiases = _said() or", 1)
    source += (
        "\n\ndef _said():\n    if True:\n" + said + f"\n    raise ValueError({hostile[0]!r})\n"
    )
    on = jobs(source)

    logs = [done.stdout + done.stderr for name in _JOBS for done in on.run(name)]

    told = [one for log in logs for one in commands(log)]
    assert [one.name for one in told] == ["stop-commands"]
    assert re.fullmatch(r"[0-9a-f]{32}", told[0].data)
    assert "ValueError" in logs[-1]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("inputs.repository", "course/anna/../own", "is not OWNER/NAME"),
        ("inputs.repository", "--upload-pack=touch/owned", "is not OWNER/NAME"),
        ("inputs.repository", "course/nobody", "cannot be fetched"),
        ("inputs.commit", "main", "this is no commit"),
        ("inputs.file", "$(touch owned).py", "no such file"),
    ],
)
def test_what_cannot_be_fetched_is_told(
    jobs: Callable[[str], GitHub], tmp_path: Path, name: str, value: str, said: str
) -> None:
    on = jobs("x = 1\n")
    on.known[name] = value

    told = _fails(on.run("draw"))

    assert said in told
    assert "Next: " in told
    assert not list(tmp_path.rglob("owned*"))


def test_what_is_too_large_to_be_handed_on_is_refused(jobs: Callable[[str], GitHub]) -> None:
    noise = base64.b64encode(random.Random(7).randbytes(500_000)).decode()
    on = jobs(f"# {noise}\n")

    told = _fails(on.run("draw"))

    assert "larger than the 187 kB" in told
    assert "Next: " in told
    assert not any(".outputs." in name for name, value in on.known.items() if value)


def test_a_draw_that_has_not_come_whole_is_not_collected(jobs: Callable[[str], GitHub]) -> None:
    on = jobs(_MEAN.read_text("utf-8"))
    on.run("draw")
    on.known["needs.draw.outputs.part0"] = ""  # as where it looked like a secret

    told = _fails(on.run("collect"))

    assert "has not come whole" in told
    assert "Next: " in told


def test_answers_that_have_not_come_whole_are_not_judged(jobs: Callable[[str], GitHub]) -> None:
    on = jobs(_MEAN.read_text("utf-8"))
    on.run("draw")
    on.run("collect")
    on.known["needs.collect.outputs.part1"] = ""

    told = _fails(on.run("judge"))

    assert "these are no answers" in told
    assert "Next: " in told


# --- on GitLab ------------------------------------------------------------------------------------


def _on_gitlab(server: Server, place: Path, name: str, told: Mapping[str, str]) -> Path:
    """Run a job as a runner of GitLab does, with the artifacts of all that it needs."""
    found = server.workflow("gitlab")
    job, project = _job(found, name), place / name
    project.mkdir()
    for needed in job.get("needs", ()):
        for path in found[needed]["artifacts"]["paths"]:
            source = place / needed / path
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, project / path)
    secrets = {"GRADER_KEY": SECRET, "STUDENTS_TOKEN": "a-token-of-the-course"}
    values = {
        one: value if isinstance(value, str) else value["value"]
        for one, value in found["variables"].items()
    }
    environment = workflows.machine() | values | {
        "HOME": str(place),
        "TMPDIR": str(place),
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_PROJECT_DIR": str(project),
        "CI_SERVER_URL": server.url,
        "CI_REPOSITORY_URL": f"{server.url}/course/own.git",
        "CI_COMMIT_SHA": server.own,
        "CI_JOB_TOKEN": "a-token-of-this-job",
        **(secrets if job.get("environment", {}).get("name") == "grader" else {}),
        **told,
    }  # fmt: skip
    done = subprocess.run(
        [*workflows.SHELL, _script(found, name)], cwd=project, env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return project


@pytest.mark.wheel
def test_three_jobs_of_gitlab_grade_as_one_command_does(server: Server, tmp_path: Path) -> None:
    commit = server.hand_in(_MEAN.read_text("utf-8"))
    told = {"REPOSITORY": "course/anna", "COMMIT": commit}

    draw, collect = (_on_gitlab(server, tmp_path, name, told) for name in ("draw", "collect"))
    right = ROOT / "solutions" / "backprop" / "layers.py"
    shutil.copy(right, draw / "submission" / "anna")  # as artifacts of collect could put it there
    judge = _on_gitlab(server, tmp_path, "judge", told)

    grader = next(one for one in tmp_path.glob("*/venv/bin/grader"))
    anna = collect / "submission" / "anna"
    _holds(grader, tmp_path, anna, draw / "run.draw", judge / "card.json")
    kept = {one.name for one in judge.iterdir()} - {one.name for one in draw.iterdir()}
    assert kept == {"run.answers", "card.json", "report.html", "junit.xml", "summary.txt"}
    assert sorted(one.name for one in collect.iterdir()) == [
        "run.answers", "run.draw", "submission",
    ]  # fmt: skip
