"""A repository that students push to, on this machine: what was pushed, and what goes back.

A tree is listed and blobs are read, never a checkout or an archive. What goes back is a commit on a
ref of the grader's own, made of objects: no work tree, no index, no hook of ours is run by it.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from grader.errors import SubmissionError, UsageError
from grader.model import Record, Submission
from grader.submission.git import Entry, entries, fitting, run_git, sources
from grader.submission.read import MAX_ENTRIES, MAX_NOTEBOOK, is_source, make_submission

_OWN = "refs/grader"
FEEDBACK = f"{_OWN}/feedback"
_MAX_PATH = 1024
_MAX_LISTING = 4 << 20  # a small pack can hold a tree of more than any memory
_LFS = b"version https://git-lfs.github.com/spec/"
_WHO = "Grader"
_ZERO = "0" * 40


class Bare(Record, frozen=True):
    """A bare repository; `incoming` says to git where a push that is under way has its objects."""

    path: Path
    incoming: dict[str, str] = {}

    def ask(self, *arguments: str, given: bytes = b"", most: int = MAX_NOTEBOOK) -> bytes:
        """Return what git answers; UsageError where it says no."""
        command = ("--git-dir=.", *arguments)
        return run_git(self.path, *command, given=given, settings=self.incoming, most=most)

    def word(self, *arguments: str, given: bytes = b"") -> str:
        """Return what git answers in a word."""
        return self.ask(*arguments, given=given).decode(errors="surrogateescape").strip()


def opened(path: Path) -> Bare:
    """Return the bare repository in a folder; UsageError where there is none."""
    try:
        bare = Bare(path.resolve(strict=True))
        if bare.word("rev-parse", "--is-bare-repository") == "true":
            return bare
    except (OSError, UsageError) as error:
        raise UsageError(
            f"{path} is no git repository", "make one with: git init --bare NAME.git"
        ) from error
    raise UsageError(f"{path} is no bare repository", "students push to one: git init --bare")


def default_branch(bare: Bare) -> str:
    """Return the branch that a clone checks out, whether or not it is there yet."""
    return bare.word("symbolic-ref", "HEAD").removeprefix("refs/heads/")


def hooks_folder(bare: Bare) -> Path:
    """Return where git looks for hooks."""
    return bare.path / bare.word("rev-parse", "--git-path", "hooks")


def tip(bare: Bare, ref: str) -> str | None:
    """Return the commit that a ref names, if there is one."""
    found = bare.word("for-each-ref", "--format=%(refname) %(objectname)", ref).splitlines()
    return next((one.split(" ")[1] for one in found if one.split(" ")[0] == ref), None)


def set_at(bare: Bare, ref: str) -> datetime | None:
    """Return when a ref was last set, by this machine's clock; None where that is not known.

    Of one that was packed with others since, that is when they were packed: it was not set later.
    """
    for name in (ref, "packed-refs"):
        with suppress(OSError):
            return datetime.fromtimestamp((bare.path / name).stat().st_mtime, UTC)
    return None


def check_names(refs: Iterable[str]) -> None:
    """Raise SubmissionError for a ref that is the grader's."""
    for ref in refs:
        if ref == _OWN or ref.startswith(_OWN + "/"):
            raise SubmissionError(
                f"{ref} is where the grader answers", "push to a branch, and fetch that one"
            )


# --- what was pushed ------------------------------------------------------------------------------


def check_tree(bare: Bare, commit: str) -> None:
    """Raise SubmissionError for what can never be handed in: too large, too many, no plain path."""
    found = tuple(entries(_listing(bare, commit)))
    if len(found) > MAX_ENTRIES:
        raise SubmissionError(
            f"there are {len(found)} files in it, more than {MAX_ENTRIES}",
            "take out what was not written by hand",
        )
    for one in found:
        _check_path(one.name)
        if one.size is not None and one.size > MAX_NOTEBOOK:
            raise SubmissionError(
                f"{one.name} has {one.size / (1 << 20):.0f} MB, more than {MAX_NOTEBOOK >> 20}",
                "take it out of the commit: git rm --cached, then git commit --amend",
            )
    fitting([one for one in found if one.is_file and is_source(one.name)])


def _check_path(name: str) -> None:
    parts = name.split("/")
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in parts):
        raise SubmissionError(f"{name!r} is no plain path", "rename it")
    if len(name) > _MAX_PATH:
        raise SubmissionError(
            f"a path has {len(name)} characters, more than {_MAX_PATH}", "shorten it"
        )


def pushed(
    bare: Bare, commit: str, wanted: tuple[str, ...], student: str, received: str
) -> Submission:
    """Read what was pushed as a commit; SubmissionError where there is nothing to grade in it."""
    listing = _listing(bare, commit)
    files = sources(listing, lambda _: True, lambda blob: bare.ask("cat-file", "blob", blob))
    for name, data in files.items():
        if data.startswith(_LFS):
            raise SubmissionError(
                f"{name} is a pointer to Git LFS, not the file itself",
                f"take it out: git lfs untrack '{PurePosixPath(name).name}', then commit it again",
            )
    try:
        return make_submission(f"commit {commit[:12]}", files, wanted, student, received)
    except SubmissionError:
        _check_kinds(entries(listing), wanted)
        raise


def _listing(bare: Bare, commit: str) -> bytes:
    return bare.ask("ls-tree", "-r", "-z", "-l", "--full-tree", commit, most=_MAX_LISTING)


def _check_kinds(found: Iterable[Entry], wanted: tuple[str, ...]) -> None:
    """Say what stands in the place of a wanted file."""
    stems = {PurePosixPath(name).stem for name in wanted}
    for one in found:
        if PurePosixPath(one.name).stem in stems and not one.is_file:
            kind = "a link" if one.mode == "120000" else "another repository"
            raise SubmissionError(f"{one.name} is {kind}, not a file", "commit the file itself")


# --- what goes back -------------------------------------------------------------------------------


def give_back(bare: Bare, files: Mapping[str, bytes], message: str, moment: datetime) -> None:
    """Add a commit of `files` to the ref that a student fetches, unless it is the last one there.

    `files` are names without folders.
    """
    before = tip(bare, FEEDBACK)
    listed = b"".join(
        f"100644 blob {bare.word('hash-object', '-w', '--stdin', given=data)}\t{name}\0".encode()
        for name, data in sorted(files.items())
    )
    tree = bare.word("mktree", "-z", given=listed)
    if before is not None and _same(bare, before, tree, message):
        return
    at = f"{int(moment.timestamp())} +0000"
    signed = Bare(
        bare.path,
        {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", _WHO), ("EMAIL", "grader@localhost"), ("DATE", at))
        },
    )
    parent = () if before is None else ("-p", before)
    commit = signed.word("commit-tree", tree, *parent, given=message.encode())
    _set(signed, commit, before or _ZERO)


def _set(bare: Bare, commit: str, before: str) -> None:
    """Set the ref that a student fetches. Nobody else does: what locks it has been killed."""
    change = ("update-ref", FEEDBACK, commit, before)
    lock = bare.path / f"{FEEDBACK}.lock"
    try:
        bare.ask(*change)
    except UsageError:
        if not lock.exists():
            raise
        lock.unlink(missing_ok=True)
        bare.ask(*change)


def _same(bare: Bare, commit: str, tree: str, message: str) -> bool:
    told = bare.ask("cat-file", "commit", commit)
    head, _, body = told.partition(b"\n\n")
    return head.startswith(f"tree {tree}\n".encode()) and body == message.encode()
