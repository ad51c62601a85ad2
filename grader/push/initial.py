"""What a course's repositories hold for a service: templates, filled in by checked values.

Each value is checked here and quoted for the language that it is put into; a shell gets it by a
variable, never as a part of a command.
"""

import json
import re
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from grader.errors import UsageError
from grader.files import write_bytes
from grader.model import Assignment, Record

SERVICES = ("github", "gitlab", "gitea")
_TEMPLATES = Path(__file__).resolve().parent / "templates"
_BESIDE = ".grader"  # in a student's repository: no submission is looked for in such a folder
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SPEC = re.compile(r"[A-Za-z0-9./][A-Za-z0-9._~:/?#@!&+,=%<>\[\] -]*")  # no $, no quote, no \
_WHEEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]*\.whl")
_PLAIN = ("http", "git", "git+http", "git+git")  # others on the way could exchange the grader


class Source(Record, frozen=True):
    """What pip installs the grader from; a wheel that is at hand goes with the files."""

    spec: str
    wheel: bytes | None = None

    def within(self, folder: str) -> str:
        """Return what pip is told where the files are in `folder`."""
        return self.spec if self.wheel is None else f"{folder}/{self.spec}"

    def files(self, folder: str) -> dict[str, bytes]:
        """Return what goes with the files."""
        return {} if self.wheel is None else {f"{folder}{self.spec}": self.wheel}


class _Form(Template):
    """A template whose sign is rare in workflows and scripts, where $ is not; @@ writes one."""

    delimiter = "@"


def source(install: str) -> Source:
    """Return what --install means; UsageError where it cannot be written down safely."""
    path = Path(install)
    if path.suffix == ".whl" and path.is_file():
        if not _WHEEL.fullmatch(path.name):
            raise UsageError(f"{path.name!r} is no name of a wheel", "build it anew")
        return Source(spec=path.name, wheel=path.read_bytes())
    if not _SPEC.fullmatch(install):
        raise UsageError(
            f"--install {install!r} cannot be written into a workflow",
            "give a wheel, its address, git+https://HOST/REPOSITORY@TAG, or NAME==VERSION",
        )
    _check_address(install)
    return Source(spec=install)


def initial(service: str, assignment: Assignment, grader: Source) -> dict[str, bytes]:
    """Return the files for a service by their names."""
    if not _SLUG.fullmatch(assignment.slug):
        raise UsageError(
            f"the assignment's folder is called {assignment.slug!r}",
            "call it by letters, digits, dots and dashes",
        )
    return _PARTS[service](assignment, grader)


def write_initial(files: dict[str, bytes], out: Path, *, update: bool) -> None:
    """Write files, or none and UsageError where one is there and is not to be replaced."""
    there = [name for name in files if (out / name).exists() or (out / name).is_symlink()]
    if there and not update:
        raise UsageError(
            f"there is already in {out}: {', '.join(there)}",
            "name another folder; or write over these files with --update",
        )
    for name, data in files.items():
        write_bytes(out / name, data)


def _github(assignment: Assignment, grader: Source) -> dict[str, bytes]:
    return _workflow("github.yml", ".github/workflows/feedback.yml", assignment, grader)


def _gitea(assignment: Assignment, grader: Source) -> dict[str, bytes]:
    return _workflow("gitea.yml", ".gitea/workflows/feedback.yml", assignment, grader)


def _gitlab(assignment: Assignment, grader: Source) -> dict[str, bytes]:
    return _workflow("gitlab.yml", ".gitlab-ci.yml", assignment, grader)


def _workflow(template: str, path: str, assignment: Assignment, grader: Source) -> dict[str, bytes]:
    """Return a workflow in a student's repository, which holds the kit."""
    filled = _filled(
        template,
        install=json.dumps(grader.within(f"./{_BESIDE}")),
        kit=json.dumps(f"assignments/{assignment.slug}"),
    )
    return {path: filled} | grader.files(f"{_BESIDE}/")


def _filled(template: str, **values: str) -> bytes:
    """Fill in a template by values that are quoted already."""
    form = _Form((_TEMPLATES / template).read_text(encoding="utf-8"))
    return form.substitute(values).encode()


def _check_address(install: str) -> None:
    """Raise UsageError where an address is not safe to fetch from, or holds a password."""
    address = install.partition(" @ ")[2] or install
    scheme, sign, rest = address.partition("://")
    if sign and scheme.lower() in _PLAIN:
        raise UsageError(
            f"what comes by {scheme}:// can be exchanged on its way", "use https:// or git+https://"
        )
    user, at, _ = urlsplit(f"//{rest}").netloc.rpartition("@")
    if sign and at and (":" in user or "ssh" not in scheme):
        raise UsageError(
            "--install holds a name or a password, and all students would have it",
            "use an address that needs none, or give the file of a wheel",
        )


_PARTS = {"github": _github, "gitlab": _gitlab, "gitea": _gitea}
