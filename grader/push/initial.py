"""What a course's repositories hold for a service: templates, filled in by checked values.

Each value is checked here and quoted for the language that it is put into; a shell gets it by a
variable, never as a part of a command.
"""

import io
import json
import re
import shlex
import zipfile
from collections.abc import Iterator
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from grader.assignment.kit import KIT, refuse_kit
from grader.errors import UsageError
from grader.files import ANYBODY, OWNER_ALONE, write_bytes
from grader.model import Assignment, Record

_TEMPLATES = Path(__file__).resolve().parent / "templates"
BESIDE = ".grader"  # in a student's repository: no submission is looked for in such a folder
_SCRIPTS = ("run_autograder", "setup.sh")
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
    """Return the files for a service, none of which is secret."""
    _check_slug(assignment)
    return _PARTS[service](assignment, grader)


def gradescope(assignment: Assignment, grader: Source, key: bytes) -> dict[str, bytes]:
    """Return the archive for Gradescope, which holds hidden cases, solutions and the course key."""
    _check_slug(assignment)
    refuse_kit(assignment)
    slug, install = shlex.quote(assignment.slug), shlex.quote(grader.spec)
    if grader.wheel is not None:
        install = f'"$here"/{install}'
    files = {
        "run_autograder": _filled("run_autograder", slug=slug),
        "setup.sh": _filled("setup.sh", install=install),
        "home/key": key + b"\n",
        **grader.files(""),
        **dict(_course_files(assignment)),
    }
    return {f"{assignment.slug}-gradescope.zip": _zipped(files)}


def write_initial(files: dict[str, bytes], out: Path, *, update: bool, is_secret: bool) -> None:
    """Write files, or none and UsageError where one is there and is not to be replaced."""
    there = [name for name in files if (out / name).exists() or (out / name).is_symlink()]
    if there and not update:
        raise UsageError(
            f"there is already in {out}: {', '.join(there)}",
            "name another folder; or write over these files with --update",
        )
    for name, data in files.items():
        write_bytes(out / name, data, OWNER_ALONE if is_secret else ANYBODY)


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
        install=json.dumps(grader.within(f"./{BESIDE}")),
        kit=json.dumps(f"assignments/{assignment.slug}"),
    )
    return {path: filled} | grader.files(f"{BESIDE}/")


def _github_record(assignment: Assignment, grader: Source) -> dict[str, bytes]:
    return _record("record.yml", ".github/workflows/record.yml", assignment, grader)


def _gitea_record(assignment: Assignment, grader: Source) -> dict[str, bytes]:
    return _record("record.yml", ".gitea/workflows/record.yml", assignment, grader)


def _gitlab_record(assignment: Assignment, grader: Source) -> dict[str, bytes]:
    return _record("record-gitlab.yml", ".gitlab-ci.yml", assignment, grader)


def _record(template: str, path: str, assignment: Assignment, grader: Source) -> dict[str, bytes]:
    """Return a workflow in the course's own repository, which holds all of the assignment."""
    refuse_kit(assignment)
    if grader.wheel is not None:
        raise UsageError(
            f"{grader.spec} would be beside the course's solutions, and where student code runs "
            "nothing of these is fetched",
            "give the wheel's https address, git+https://HOST/REPOSITORY@TAG, or NAME==VERSION",
        )
    filled = _filled(
        template,
        install=json.dumps(grader.spec),
        slug=json.dumps(assignment.slug),
        file=json.dumps(assignment.files[0]),
    )
    return {path: filled}


def _classroom50(assignment: Assignment, grader: Source) -> dict[str, bytes]:
    """Return an autograder's folder, which everybody can read: so it holds a kit."""
    kit = Path(assignment.folder, KIT)
    if not kit.is_file():
        raise UsageError(
            f"{assignment.folder} is no kit, and everybody can read what Classroom 50 is given",
            "make one by `grader release`, and name its folder assignments/SLUG with --assignment",
        )
    folder = f"autograders/{assignment.slug}/"
    spec = json.dumps(grader.spec)
    filled = _filled(
        "autograder.py.in",
        install=spec if grader.wheel is None else f"HERE / {spec}",
        slug=json.dumps(assignment.slug),
    )
    return {
        f"{folder}autograder.py": filled,
        f"{folder}assignments/{assignment.slug}/{KIT}": kit.read_bytes(),
        **grader.files(folder),
    }


def _course_files(assignment: Assignment) -> Iterator[tuple[str, bytes]]:
    """Yield what official grading needs of a course: the assignment's files and its solutions."""
    folder, solutions = Path(assignment.folder), Path(assignment.solutions)
    if solutions != folder.parent.parent / "solutions" / folder.name:
        raise UsageError(
            f"the solutions of {folder} are elsewhere, in {solutions}",
            f"an archive holds them as solutions/{assignment.slug}: move them there",
        )
    for kind, root in (("assignments", folder), ("solutions", solutions)):
        for path in sorted(root.rglob("*")):
            name = path.relative_to(root)
            aside = any(part.startswith((".", "__pycache__")) for part in name.parts)
            if path.is_file() and not path.is_symlink() and not aside:
                yield f"{kind}/{assignment.slug}/{name.as_posix()}", path.read_bytes()


def _zipped(files: dict[str, bytes]) -> bytes:
    """Return an archive: of equal files, equal bytes, so of no time and not compressed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in sorted(files.items()):
            about = zipfile.ZipInfo(name)
            about.create_system = 3  # Unix: a mode is kept
            about.external_attr = (0o100755 if name in _SCRIPTS else 0o100600) << 16
            archive.writestr(about, data)
    return packed.getvalue()


def _check_slug(assignment: Assignment) -> None:
    if not _SLUG.fullmatch(assignment.slug):
        raise UsageError(
            f"the assignment's folder is called {assignment.slug!r}",
            "call it by letters, digits, dots and dashes",
        )


def _filled(template: str, **values: str) -> bytes:
    """Fill in a template by values that are quoted already."""
    form = _Form((_TEMPLATES / template).read_text(encoding="utf-8"))
    return form.substitute(values).encode()


def _check_address(install: str) -> None:
    """Raise UsageError where an address is not safe to fetch from, or holds a password."""
    before, sign, rest = install.partition("://")
    scheme = before.rpartition("@")[2].strip()  # NAME @ ADDRESS
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


_PARTS = {
    "github": _github,
    "gitlab": _gitlab,
    "gitea": _gitea,
    "github-record": _github_record,
    "gitlab-record": _gitlab_record,
    "gitea-record": _gitea_record,
    "classroom50": _classroom50,
}
