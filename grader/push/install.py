"""Hooks in a bare repository: small scripts that start this grader, and what they need to know.

They clear the environment, which a pusher may have a say in, and hand on two paths that git itself
sets. Nothing of a push stands in them or on a command line: it comes on standard input.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from shlex import quote

from grader.batch.roster import time_limit
from grader.errors import UsageError
from grader.files import write_bytes
from grader.model import Assignment, Record
from grader.push.queue import Queue
from grader.push.settings import Place, keep_place
from grader.submission.bare import hooks_folder, opened
from grader.submission.read import plain

LOG = "push.log"  # in OUT: what hooks have to say that is not for pushers
REFUSED = 4  # what a pre-receive hook exits with when the grader refuses a push
_CODE = Path(__file__).resolve().parent.parent.parent
_HEAD = """#!/bin/sh
# Written by `grader hook install`, and written anew by the next one.
# The environment is cleared; what was pushed comes on standard input."""
_FOLDERS = ("/usr/local/bin", "/usr/bin", "/bin")
_INCOMING = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")


class Installed(Record, frozen=True):
    """A repository with hooks; `others` are hooks that were there and have to call ours."""

    path: str
    student: str
    others: tuple[tuple[str, str], ...]


def check_deadline(assignment: Assignment) -> None:
    """Raise UsageError where pushes cannot be compared with the deadline."""
    deadline = assignment.policy.deadline
    if deadline is None:
        return
    limit = time_limit(deadline)
    if limit.tzinfo is None:
        raise UsageError(
            "pushes come at times with an offset, the deadline of the policy has none",
            f"give it in assignment.toml, as {limit.isoformat(timespec='minutes')}+01:00",
        )


def install(path: Path, student: str | None, *, out: Path, home: Path, queue: Queue) -> Installed:
    """Give a bare repository the hooks of a course; UsageError where it cannot have them."""
    bare = opened(path)
    whose = plain(student or bare.path.name.removesuffix(".git"))
    queue.belongs(str(bare.path), whose)
    keep_place(bare.path, Place(out=str(out), student=whose))
    folder = hooks_folder(bare)
    others = tuple(
        (str(folder / name), str(folder / f"grader-{name}"))
        for name, script in _scripts(out, home).items()
        if not _put(folder, name, script)
    )
    return Installed(path=str(bare.path), student=whose, others=others)


def incoming(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what git says of where the objects of a push under way are."""
    return {name: environment[name] for name in _INCOMING if environment.get(name)}


def _scripts(out: Path, home: Path) -> Mapping[str, str]:
    git = shutil.which("git")
    folders = dict.fromkeys([*([str(Path(git).parent)] if git else []), *_FOLDERS])
    set_to = {
        "PATH": os.pathsep.join(folders),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(_CODE),
        "GRADER_HOME": str(home.resolve()),
    }
    told = " ".join(f"{name}={quote(value)}" for name, value in set_to.items())
    passed = " ".join(f'{name}="${name}"' for name in _INCOMING)
    cleared, log = f"/usr/bin/env -i {told}", quote(str(out / LOG))
    grader = f"{quote(sys.executable)} -sP -m grader hook"
    return {
        "pre-receive": f"""{_HEAD}
{{ {cleared} {passed} {grader} pre-receive 2>> {log}; }} 2> /dev/null
[ $? -ne {REFUSED} ]  # whatever is wrong with the grader itself, a push is taken
""",
        "post-receive": f"""{_HEAD}
{{ {cleared} {grader} post-receive 2>> {log}; }} 2> /dev/null ||
  echo 'The grader broke off. Your push has arrived; please tell who runs this course.'
exit 0
""",
    }


def _put(folder: Path, name: str, script: str) -> bool:
    """Write a hook under a name of our own, and let git find it unless there is another one."""
    ours, hook = folder / f"grader-{name}", folder / name
    try:
        if ours.is_symlink():
            ours.unlink()
        write_bytes(ours, script.encode(), 0o700)  # at once, or git would pass it over meanwhile
        if hook.is_symlink() and hook.readlink() == Path(ours.name):
            return True
        if hook.exists() or hook.is_symlink():
            text = hook.read_text(encoding="utf-8", errors="replace") if hook.exists() else ""
            return ours.name in text
        hook.symlink_to(ours.name)
    except OSError as error:
        raise UsageError(
            f"{hook} cannot be written: {error.strerror}", "run it as the user that git runs as"
        ) from error
    return True
