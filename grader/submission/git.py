"""A submission from a git tree: blobs, never a checkout. The one module that runs git.

`git archive` would honour the student's own `export-ignore` and keep links; here the tree is listed
and regular files alone are read.
"""

import os
import subprocess  # noqa: TID251 - this is the module that runs git
from pathlib import Path

from grader.errors import SubmissionError, UsageError
from grader.model import Submission
from grader.submission.read import MAX_FILES, check_size, is_source, make_submission, size_cap

_REGULAR = ("100644", "100755")
_SECONDS = 30


def read_revision(
    path: Path, revision: str, wanted: tuple[str, ...], student: str | None = None
) -> Submission:
    """Read the tree of `revision`, below `path` where that is a folder inside a repository."""
    path = path.resolve()
    folder = path if path.is_dir() else path.parent
    commit = _git(folder, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    oid = commit.decode().strip()
    listing = _git(folder, "ls-tree", "-r", "-z", "-l", oid)
    entries = [row.partition(b"\t") for row in listing.split(b"\0") if row]
    files: dict[str, bytes] = {}
    for head, _, raw in entries:
        mode, _, blob, size = head.decode().split()
        name = os.fsdecode(raw)
        if mode not in _REGULAR or not is_source(name) or not _chosen(name, path):
            continue
        if len(files) == MAX_FILES:
            raise SubmissionError("there are too many source files", "hand in your own alone")
        if not size.isdigit():
            raise SubmissionError(f"{name} is not in the repository", "fetch the whole commit")
        if int(size) > size_cap(name):
            check_size(name, bytes(size_cap(name) + 1))
        files[name] = check_size(name, _git(folder, "cat-file", "blob", blob))
    return make_submission(path.name, files, wanted, student or path.stem, None)


def _chosen(name: str, path: Path) -> bool:
    return path.is_dir() or name == path.name


def _git(folder: Path, *arguments: str) -> bytes:
    """Run git in `folder`, with none of the caller's GIT_ variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    # What is not here is not fetched: a submission does not say whom this machine talks to.
    kept |= {"GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
    command = ["git", "-c", "core.quotePath=false", *arguments]
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=folder, env=kept, capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SubmissionError(f"git cannot be run: {error}", "install git") from error
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise UsageError(
            f"git says: {said[-1] if said else done.returncode}", "check the path and the revision"
        )
    return done.stdout
