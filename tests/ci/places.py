"""Stands in for services: each by the variables, folders and files that it documents."""

import json
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, NamedTuple

from tests.conftest import BACKPROP, RunCli

SERVICES = ("github", "classroom50", "gitlab", "gitea", "forgejo", "gradescope", "none")

_GITHUB = {"CI": "true", "GITHUB_ACTIONS": "true"}
_URL = "https://github.com/course/cs-hw1-anna"
_CLASSROOM50 = _GITHUB | {
    "CLASSROOM": "cs",
    "ASSIGNMENT": "hw1",
    "SUBMISSION_TAG": "submit/2026-06-01T14-32-05Z-a1b2c3d",
    "USERNAME": "anna",
    "OWNER": "anna",
    "ASSIGNMENT_TYPE": "individual",
    "COMMIT_URL": f"{_URL}/commit/a1b2c3d",
    "RELEASE_URL": f"{_URL}/releases/tag/submit%2F2026-06-01T14-32-05Z-a1b2c3d",
    "REVIEW_URL": f"{_URL}/compare/0000000...a1b2c3d",
}
VARIABLES: dict[str, dict[str, str]] = {
    "github": _GITHUB,
    "classroom50": _CLASSROOM50,
    "gitlab": {"CI": "true", "GITLAB_CI": "true"},
    "gitea": _GITHUB | {"GITEA_ACTIONS": "true"},
    "forgejo": _GITHUB | {"GITEA_ACTIONS": "true", "FORGEJO_ACTIONS": "true"},
    "gradescope": {},
    "none": {},
}


class Job(NamedTuple):
    """A job that has run: what it printed, and the folder that it ran in."""

    done: CompletedProcess[str]
    folder: Path

    @property
    def log(self) -> str:
        """Return the log: both streams."""
        return self.done.stdout + self.done.stderr

    def text(self, name: str) -> str:
        """Return a file that it wrote."""
        return (self.folder / name).read_text(encoding="utf-8")

    def json(self, name: str) -> Any:  # noqa: ANN401 - what it is, a test says
        """Return a JSON file that it wrote."""
        return json.loads(self.text(name))


def checkout(folder: Path, service: str) -> Path:
    """Return the folder in which a student's files are, for a job that runs in `folder`."""
    if service != "gradescope":
        return folder
    for name in ("source", "submission", "results"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return folder / "submission"


def environment(folder: Path, service: str) -> dict[str, str]:
    """Return the variables of a job; `folder` is the checkout, or what is called /autograder."""
    found = VARIABLES[service]
    if found.get("GITHUB_ACTIONS"):
        aside = folder.parent / f"{folder.name}-runner"
        aside.mkdir(exist_ok=True)
        for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
            (aside / name).touch()
            found = found | {name: str(aside / name)}
        return found | {"GITHUB_WORKSPACE": str(folder)}
    return found | ({"CI_PROJECT_DIR": str(folder)} if service == "gitlab" else {})


def run(
    run_cli: RunCli,
    folder: Path,
    service: str,
    *options: str,
    env: Mapping[str, str] | None = None,
    assignment: Path | None = BACKPROP,
) -> Job:
    """Run a job in a folder that holds what was handed in."""
    variables = environment(folder, service) | dict(env or {})
    named = ["--service", service] if service == "gradescope" else []
    asked = [] if assignment is None else ["-a", str(assignment)]
    done = run_cli("ci", *named, *asked, *options, cwd=folder, env=variables, seconds=120)
    return Job(done, folder)


def runner_file(job: Job, name: str) -> str:
    """Return what a job wrote into a file of GitHub's runner."""
    path = job.folder.parent / f"{job.folder.name}-runner" / name
    return path.read_text(encoding="utf-8")
