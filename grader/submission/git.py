"""A submission from a git tree: blobs, never a checkout. The one module that runs git.

`git archive` would honour the student's own `export-ignore` and keep links; here the tree is listed
and regular files alone are read. From elsewhere a bare repository is fetched into a temporary
folder: no hook, filter, submodule or LFS of it is run, and no question is asked on the terminal.
"""

import contextlib
import os
import re
import signal
import subprocess  # noqa: TID251 - this is the module that runs git
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path, PurePosixPath

from grader.errors import SubmissionError, UsageError
from grader.model import Record, Submission
from grader.submission.read import (
    MAX_FILES,
    MAX_NOTEBOOK,
    check_size,
    is_source,
    make_submission,
    size_cap,
)

_REGULAR = ("100644", "100755")
_SECONDS = 30
_MAX_TREE = 64 << 20
_MAX_SAID = 1 << 16
_PROTOCOLS = ("https", "ssh", "file")
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://")
_BY_SSH = re.compile(r"[^/:]+:")  # host:path, as git reads it
_SECRET = re.compile(r"(?<=https://)[^/@\s]*@")
_NO_REF = re.compile(r"^[-+]|[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|^@$")
_COMMITTER = re.compile(
    rb"^committer .*> (?P<time>[0-9]{1,11}) (?P<zone>[+-](?:0[0-9]|1[0-4])[0-5][0-9])$",
    re.MULTILINE,
)
_TIP = "refs/grader/tip"
_WHOLE = 0x7FFFFFFF  # a depth that git takes for no limit
_POLL = 0.1
# What a user's own configuration must not do to a repository of somebody else.
_FETCHING = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.bigFileThreshold=32m",
    "fetch.recurseSubmodules=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "http.lowSpeedLimit=1",
    "http.lowSpeedTime=30",
    "transfer.unpackLimit=1",
)
_BARE = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"


class GitError(SubmissionError):
    """Git itself failed: through no fault of what was handed in."""


class Bounds(Record, frozen=True):
    """What fetching a repository may take: of time, and of the disk."""

    seconds: float = 120
    size: int = 256 << 20


class Revision(Record, frozen=True):
    """A commit and the sources in it. Its `time` is the committer's: a claim of who made it."""

    commit: str
    time: datetime
    files: dict[str, bytes]


class Entry(Record, frozen=True):
    """What a tree lists: a name, and its kind; no `size` where the blob is not there."""

    mode: str
    blob: str
    size: int | None
    name: str

    @property
    def is_file(self) -> bool:
        """Tell a regular file from a link and from another repository."""
        return self.mode in _REGULAR


def read_revision(
    path: Path, revision: str, wanted: tuple[str, ...], student: str | None = None
) -> Submission:
    """Read the tree of `revision`, below `path` where that is a folder inside a repository."""
    path = path.resolve()
    folder = path if path.is_dir() else path.parent
    commit = run_git(folder, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    oid = commit.decode().strip()
    listing = run_git(folder, "ls-tree", "-r", "-z", "-l", oid)
    files = sources(
        listing,
        lambda name: _chosen(name, path),
        lambda blob: run_git(folder, "cat-file", "blob", blob),
    )
    return make_submission(path.name, files, wanted, student or path.stem, None)


def sources(
    listing: bytes, chosen: Callable[[str], bool], read: Callable[[str], bytes]
) -> dict[str, bytes]:
    """Read the sources that a tree lists."""
    found = [one for one in entries(listing) if one.is_file and is_source(one.name)]
    taken = fitting([one for one in found if chosen(one.name)])
    return {one.name: check_size(one.name, read(one.blob)) for one in taken}


def entries(listing: bytes) -> Iterator[Entry]:
    """Yield what `git ls-tree -r -z -l` lists."""
    for row in listing.split(b"\0"):
        if row:
            head, _, raw = row.partition(b"\t")
            mode, kind, blob, size = head.decode().split()
            known = int(size) if size.isdigit() else None
            yield Entry(mode, blob, 0 if kind == "commit" else known, os.fsdecode(raw))


def fitting(files: Sequence[Entry]) -> Sequence[Entry]:
    """Return sources, or raise SubmissionError where they are too many, too large or not there."""
    if len(files) > MAX_FILES:
        raise SubmissionError("there are too many source files", "hand in your own alone")
    left = _MAX_TREE
    for one in files:
        if one.size is None:
            raise SubmissionError(
                f"{one.name} is not in the repository, or too large", "fetch the whole commit"
            )
        if one.size > size_cap(one.name):
            check_size(one.name, bytes(size_cap(one.name) + 1))
        left -= one.size
        if left < 0:
            raise SubmissionError("the files are larger than 64 MB", "hand in the source alone")
    return files


def _chosen(name: str, path: Path) -> bool:
    return path.is_dir() or name == path.name


def run_git(
    folder: Path,
    *arguments: str,
    given: bytes = b"",
    settings: Mapping[str, str] | None = None,
    most: int = _MAX_TREE,
) -> bytes:
    """Run git in `folder` on `given`, with `settings` in place of the caller's GIT_ variables.

    UsageError where git says no, GitError where it does not answer, SubmissionError where it
    answers with more than `most` bytes.
    """
    command = ["git", "-c", "core.quotePath=false", *arguments]
    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as said:
        told.write(given)
        told.seek(0)
        try:
            started = subprocess.Popen(  # noqa: S603
                command,
                cwd=folder,
                env=_environment() | dict(settings or {}),
                stdin=told,
                stdout=subprocess.PIPE,
                stderr=said,
            )
        except OSError as error:
            raise GitError(f"git cannot be run: {error}", "install git") from error
        answer = _answer(started, most)
        if started.returncode != 0:
            said.seek(0)
            lines = said.read(_MAX_SAID).decode(errors="replace").strip().splitlines()
            raise UsageError(
                f"git says: {lines[-1] if lines else started.returncode}",
                "check the path and the revision",
            )
    return answer


def _answer(started: "subprocess.Popen[bytes]", most: int) -> bytes:
    """Return what git writes, which a tree can make longer than any memory."""
    late = threading.Timer(_SECONDS, started.kill)
    late.start()
    try:
        with started:
            answer = started.stdout.read(most + 1) if started.stdout is not None else b""
            if len(answer) > most:
                started.kill()
    finally:
        in_time = late.is_alive()
        late.cancel()
    if len(answer) > most:
        raise SubmissionError("there is too much in the repository", "hand in the source alone")
    if not in_time:
        raise GitError(f"git did not answer within {_SECONDS} seconds", "try it again later")
    return answer


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    # What is not here is not fetched: a submission does not say whom this machine talks to.
    return kept | {"GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}


# --- from elsewhere -------------------------------------------------------------------------------


def fetch_revision(  # noqa: PLR0913 - what is fetched, and how
    repository: str,
    *,
    ref: str = "",
    path: str = "",
    before: datetime | None = None,
    bounds: Bounds | None = None,
    stopped: threading.Event | None = None,
) -> Revision:
    """Fetch the last commit of `ref`, or of the default branch, and read the sources in it.

    With `before`, the last commit of the branch itself with a time until then, if there is one.
    `path` is a folder or a file in the repository. SubmissionError where it cannot be had.
    """
    url = _address(repository)
    if _NO_REF.search(ref):
        raise SubmissionError(f"{ref!r} is no branch", "name a branch, a tag or a whole commit id")
    with tempfile.TemporaryDirectory(prefix="grader-git-") as made:
        watch = _Watch(Path(made), bounds or Bounds(), stopped or threading.Event())
        bare = Path(made) / "bare"
        run_git(Path(made), "init", "--quiet", "--bare", "--template=", str(bare))
        _fetch(bare, url, ref, 1, watch)
        commit = _commit(bare, _TIP)
        if before is not None and commit.time > before:
            _fetch(bare, url, ref, _WHOLE, watch)
            commit = _last_until(bare, before) or commit
        return Revision(commit.commit, commit.time, _tree(bare, commit, path))


def without_secret(repository: str) -> str:
    """Return an address without the user's name or token in it."""
    return _SECRET.sub("", repository)


def _address(repository: str) -> str:
    """Return a repository's URL; SubmissionError for what git would take for something else."""
    shown = without_secret(repository)
    if not repository:
        raise SubmissionError("no repository is named", "give an https, ssh or file URL")
    if not repository.isprintable() or repository.startswith("-"):
        raise SubmissionError(f"{shown!r} is no repository", "give an https, ssh or file URL")
    if match := _SCHEME.match(repository):
        if match["scheme"] not in _PROTOCOLS:
            raise SubmissionError(
                f"repositories are not fetched by {match['scheme']}", "give an https or ssh URL"
            )
        return repository
    if "::" in repository:
        raise SubmissionError(f"{shown!r} names a helper of git", "give an https or ssh URL")
    return repository if _BY_SSH.match(repository) else Path(repository).resolve().as_uri()


class _Watch(Record, frozen=True):
    """What ends a fetch: its bounds, seen in a folder, or who asked for it."""

    folder: Path
    bounds: Bounds
    stopped: threading.Event

    def look(self, deadline: float) -> None:
        if self.stopped.is_set():
            raise SubmissionError("fetching was stopped", "run the batch once more")
        if time.monotonic() > deadline:
            raise SubmissionError(
                f"it was not fetched within {self.bounds.seconds:g} seconds", "fetch it again later"
            )
        if _size(self.folder) > self.bounds.size:
            raise SubmissionError(
                f"the repository is larger than {self.bounds.size >> 20} MB",
                "take large files out of it, and out of its history",
            )


def _size(folder: Path) -> int:
    size = 0
    for parent, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):  # git renames them meanwhile
                size += (Path(parent) / name).lstat().st_size
    return size


def _fetch(bare: Path, url: str, ref: str, depth: int, watch: _Watch) -> None:
    """Fetch what `ref` names, in a session of its own: there is no terminal to ask on."""
    said = bare.parent / "said"
    command = [
        "git", "--git-dir=.", *(part for setting in _FETCHING for part in ("-c", setting)),
        "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head",
        f"--depth={depth}", f"--filter=blob:limit={MAX_NOTEBOOK + 1}",
        "--", url, f"+{ref or 'HEAD'}:{_TIP}",
    ]  # fmt: skip
    asking_nobody = {
        "GIT_ALLOW_PROTOCOL": ":".join(_PROTOCOLS),
        "GIT_ASKPASS": "",
        "SSH_ASKPASS_REQUIRE": "never",
        "GCM_INTERACTIVE": "never",
        "LC_ALL": "C",
    }
    deadline = time.monotonic() + watch.bounds.seconds
    with said.open("wb") as err:
        try:
            started = subprocess.Popen(  # noqa: S603
                command,
                cwd=bare,
                env=_environment() | asking_nobody,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=err,
                start_new_session=True,
            )
        except OSError as error:
            raise SubmissionError(f"git cannot be run: {error}", "install git") from error
    try:
        while _runs(started):
            watch.look(deadline)
    finally:
        if started.returncode is None:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()
    watch.look(deadline)
    if started.returncode != 0:
        raise SubmissionError(
            f"git says: {without_secret(_reason(said))}",
            "check the address, the branch, and that this user may read it without being asked",
        )
    # By this the repository forgets that what it left out could be fetched.
    (bare / "config").write_text(_BARE, encoding="utf-8")


def _runs(started: "subprocess.Popen[bytes]") -> bool:
    with contextlib.suppress(subprocess.TimeoutExpired):
        started.wait(_POLL)
    return started.returncode is None


def _reason(said: Path) -> str:
    with said.open("rb") as file:
        lines = file.read(1 << 16).decode(errors="replace").strip().splitlines()
    told = [line for line in lines if line.lower().startswith(("fatal:", "error:"))]
    return (told or lines or ["nothing"])[0 if told else -1]


def _commit(bare: Path, name: str) -> Revision:
    """Return a commit and its time, without its files."""
    oid = _asked(bare, "rev-parse", "--verify", f"{name}^{{commit}}").decode().strip()
    head, _, _ = _asked(bare, "cat-file", "commit", oid).partition(b"\n\n")
    match = _COMMITTER.search(head)
    if match is None:
        raise SubmissionError(f"the commit {oid[:12]} has no time", "commit again")
    zone = match["zone"].decode()
    ahead = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:]))
    place = timezone(-ahead if zone[0] == "-" else ahead)
    try:
        moment = datetime.fromtimestamp(int(match["time"]), UTC).astimezone(place)
    except (ValueError, OverflowError, OSError) as error:
        raise SubmissionError(f"the commit {oid[:12]} has no time", "commit again") from error
    return Revision(oid, moment, {})


def _last_until(bare: Path, before: datetime) -> Revision | None:
    """Return the last commit of the branch itself, not of what was merged, until a time."""
    limit = f"--min-age={max(0, int(before.timestamp()))}"  # below 0, git would take for far ahead
    found = _asked(bare, "rev-list", "-1", "--first-parent", limit, _TIP)
    return _commit(bare, found.decode().strip()) if found.strip() else None


def _tree(bare: Path, commit: Revision, path: str) -> dict[str, bytes]:
    """Read the sources below `path`; a file by its name alone."""
    inside = PurePosixPath(path.strip("/"))
    if ".." in inside.parts:
        raise SubmissionError(f"{path!r} is no plain path", "give a folder of the repository")
    only = [] if inside == PurePosixPath() else ["--", str(inside)]
    listing = _asked(bare, "ls-tree", "-r", "-z", "-l", "--full-tree", commit.commit, *only)
    if only and not listing:
        raise SubmissionError(f"there is no {inside} in commit {commit.commit[:12]}", "add it")
    files = sources(listing, lambda _: True, lambda blob: _asked(bare, "cat-file", "blob", blob))
    return {_below(name, inside): data for name, data in files.items()}


def _below(name: str, folder: PurePosixPath) -> str:
    return (
        PurePosixPath(name).name
        if name == str(folder)
        else str(PurePosixPath(name).relative_to(folder))
    )


def _asked(bare: Path, *arguments: str) -> bytes:
    """Return what git answers in a fetched repository; where it says no, that is its fault."""
    try:
        return run_git(bare, "--git-dir=.", *arguments)
    except UsageError as error:
        raise SubmissionError(error.message, "look at the repository") from error
