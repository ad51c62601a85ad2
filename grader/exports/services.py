"""Which service a job runs on, by the variables that each documents. Pure."""

from collections.abc import Mapping
from enum import StrEnum


class Service(StrEnum):
    """Where a job runs. No variable tells of Gradescope: it has to be named."""

    GITHUB = "github"
    CLASSROOM50 = "classroom50"
    GITLAB = "gitlab"
    GITEA = "gitea"
    FORGEJO = "forgejo"
    GRADESCOPE = "gradescope"
    NONE = "none"


# Where the mark of record is written down: a student's file must not choose what it is made from.
OF_RECORD = (Service.CLASSROOM50, Service.GRADESCOPE)

_CLASSROOM = ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG")


def service(environ: Mapping[str, str]) -> Service:
    """Return the service that an environment is of.

    Gitea and Forgejo set GitHub's variables as well, and a runner of Forgejo those of Gitea: so
    the most particular one is asked for first. Classroom 50 runs on GitHub.
    """
    if environ.get("FORGEJO_ACTIONS") == "true":
        return Service.FORGEJO
    if environ.get("GITEA_ACTIONS") == "true":
        return Service.GITEA
    if environ.get("GITHUB_ACTIONS") == "true":
        named = all(environ.get(name) for name in _CLASSROOM)
        return Service.CLASSROOM50 if named else Service.GITHUB
    return Service.GITLAB if environ.get("GITLAB_CI") == "true" else Service.NONE


def workspace(environ: Mapping[str, str], on: Service) -> str | None:
    """Return the root of the checkout, which a service's paths are relative to; None if unknown."""
    name = "CI_PROJECT_DIR" if on is Service.GITLAB else "GITHUB_WORKSPACE"
    return environ.get(name) or None
