"""A repository that students push to: what is taken of it, what is refused, what goes back."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.errors import GraderError, SubmissionError, UsageError
from grader.model import Submission
from grader.submission.bare import (
    FEEDBACK,
    Bare,
    check_names,
    check_tree,
    default_branch,
    give_back,
    hooks_folder,
    opened,
    pushed,
    set_at,
    tip,
)
from grader.submission.read import MAX_ENTRIES, MAX_NOTEBOOK, MAX_PYTHON
from tests.test_git import commit, git, write

_WHEN = "2026-01-02T03:04:05+00:00"
_MOMENT = datetime.fromisoformat(_WHEN)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Return a checkout; its .git serves as the bare repository that it was pushed to."""
    folder = tmp_path / "work"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    return folder


@pytest.fixture
def bare(work: Path) -> Bare:
    return Bare(work / ".git")


def read(bare: Bare, oid: str) -> Submission:
    return pushed(bare, oid, ("layers.py",), "anna", _WHEN)


def refusal(bare: Bare, oid: str) -> str:
    with pytest.raises(SubmissionError) as caught:
        check_tree(bare, oid)
    return caught.value.message


def blob(work: Path, data: bytes = b"x = 1\n") -> str:
    command = ["git", "hash-object", "-w", "--stdin"]
    done = subprocess.run(command, cwd=work, input=data, capture_output=True, check=True)
    return done.stdout.decode().strip()


def tree(work: Path, *rows: str) -> str:
    """Make a tree of `mode kind oid<tab>name`, which git itself would not let anyone commit."""
    command = ["git", "mktree", "-z", "--missing"]
    told = "".join(f"{row}\0" for row in rows).encode()
    done = subprocess.run(command, cwd=work, input=told, capture_output=True, check=True)
    return done.stdout.decode().strip()


# --- which repositories ---------------------------------------------------------------------------


def test_a_bare_repository_is_opened_and_nothing_else(work: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "anna.git")

    assert opened(tmp_path / "anna.git").path == tmp_path / "anna.git"
    for other in (work, work / ".git", tmp_path, tmp_path / "nobody.git"):
        with pytest.raises(UsageError):
            opened(other)


def test_the_branch_that_a_clone_checks_out_is_known_before_it_is_there(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=week/1", "anna.git")
    bare = opened(tmp_path / "anna.git")

    assert default_branch(bare) == "week/1"
    assert tip(bare, "refs/heads/week/1") is None


def test_hooks_are_where_git_looks_for_them(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "anna.git")
    assert hooks_folder(opened(tmp_path / "anna.git")) == tmp_path / "anna.git" / "hooks"

    git(tmp_path / "anna.git", "config", "core.hooksPath", str(tmp_path / "all"))
    assert hooks_folder(opened(tmp_path / "anna.git")) == tmp_path / "all"


def test_when_a_branch_was_set_is_told_by_this_machine(work: Path, bare: Bare) -> None:
    write(work / "layers.py")
    commit(work)

    told = set_at(bare, "refs/heads/main")

    assert told is not None
    assert abs((datetime.now(UTC) - told).total_seconds()) < 3600
    assert set_at(bare, "refs/heads/other") is None


def test_a_branch_that_was_packed_was_not_set_later_than_that(work: Path, bare: Bare) -> None:
    write(work / "layers.py")
    commit(work)
    git(bare.path, "pack-refs", "--all")
    os.utime(bare.path / "packed-refs", times=(1_000_000_000,) * 2)

    assert set_at(bare, "refs/heads/main") == datetime.fromtimestamp(1_000_000_000, UTC)


# --- what is refused ------------------------------------------------------------------------------


def test_a_usual_tree_is_taken(work: Path, bare: Bare) -> None:
    write(work / "layers.py")
    write(work / "data" / "numbers.csv", b"1\n" * (1 << 20))

    check_tree(bare, commit(work))


def test_a_large_file_is_refused_by_its_size(work: Path, bare: Bare) -> None:
    write(work / "layers.py")
    write(work / "data.bin", bytes(MAX_NOTEBOOK + 1))

    assert "data.bin has 20 MB, more than 20" in refusal(bare, commit(work))


def test_a_large_source_is_refused(work: Path, bare: Bare) -> None:
    write(work / "layers.py", b"#" * (MAX_PYTHON + 1))

    assert "layers.py is larger than 1024 kB" in refusal(bare, commit(work))


def test_thousands_of_files_are_refused(work: Path, bare: Bare) -> None:
    oid = blob(work)
    many = tree(work, *(f"100644 blob {oid}\tf{number}" for number in range(MAX_ENTRIES + 1)))

    assert f"there are {MAX_ENTRIES + 1} files" in refusal(bare, many)


def test_a_tree_of_trees_without_end_is_refused(work: Path, bare: Bare) -> None:
    """Ten levels of ten: a few hundred bytes, and ten thousand million files."""
    oid = blob(work)
    node = tree(work, *(f"100644 blob {oid}\tf{number}" for number in range(10)))
    for _ in range(9):
        node = tree(work, *(f"040000 tree {node}\td{number}" for number in range(10)))

    assert "too much" in refusal(bare, node)


@pytest.mark.parametrize("name", ["..", ".", ".git", ".GIT"])
def test_a_path_that_leads_elsewhere_is_refused(name: str, work: Path, bare: Bare) -> None:
    oid = blob(work)
    inner = tree(work, f"100644 blob {oid}\tlayers.py")

    assert "no plain path" in refusal(bare, tree(work, f"040000 tree {inner}\t{name}"))


def test_a_path_without_end_is_refused(work: Path, bare: Bare) -> None:
    oid = blob(work)

    assert "2000 characters" in refusal(bare, tree(work, f"100644 blob {oid}\t{'x' * 2000}"))


def test_the_grader_s_own_refs_are_refused() -> None:
    check_names(["refs/heads/main", "refs/heads/grader/feedback", "refs/graders/x"])

    for name in (FEEDBACK, "refs/grader/other", "refs/grader"):
        with pytest.raises(SubmissionError, match="where the grader answers"):
            check_names(["refs/heads/main", name])


# --- what is read ---------------------------------------------------------------------------------


def test_what_was_pushed_is_read_with_its_time(work: Path, bare: Bare) -> None:
    write(work / ".gitattributes", b"*.py export-ignore\n")
    write(work / "layers.py", b"mine\n")
    oid = commit(work)
    found = read(bare, oid)

    assert (found.main.cells, found.student, found.received_at) == ((b"mine\n",), "anna", _WHEN)
    assert found.name == f"commit {oid[:12]}"


def test_a_link_is_called_one(work: Path, bare: Bare) -> None:
    (work / "layers.py").symlink_to("/etc/passwd")

    with pytest.raises(SubmissionError, match=r"layers\.py is a link, not a file"):
        read(bare, commit(work))


def test_another_repository_is_called_one(work: Path, bare: Bare) -> None:
    oid = tree(work, f"160000 commit {'1' * 40}\tlayers.py")

    with pytest.raises(SubmissionError, match=r"layers\.py is another repository, not a file"):
        read(bare, oid)


def test_a_pointer_to_lfs_is_called_one(work: Path, bare: Bare) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"
    write(work / "layers.py", pointer)

    with pytest.raises(SubmissionError, match="pointer to Git LFS"):
        read(bare, commit(work))


def test_a_commit_that_is_not_there_is_no_fault_of_a_student(bare: Bare) -> None:
    with pytest.raises(GraderError) as caught:
        read(bare, "1" * 40)

    assert not isinstance(caught.value, SubmissionError)


def test_what_is_under_way_is_read_where_git_keeps_it(work: Path, tmp_path: Path) -> None:
    write(work / "layers.py", b"mine\n")
    oid = commit(work)
    git(tmp_path, "init", "--quiet", "--bare", "empty.git")
    empty = tmp_path / "empty.git"
    incoming = {
        "GIT_OBJECT_DIRECTORY": str(work / ".git" / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(empty / "objects"),
    }

    check_tree(Bare(empty, incoming), oid)
    with pytest.raises(UsageError):
        check_tree(Bare(empty), oid)


# --- what goes back -------------------------------------------------------------------------------


def test_what_goes_back_is_a_commit_that_can_be_fetched(bare: Bare, tmp_path: Path) -> None:
    files = {"summary.txt": b"good\n", "report.html": b"<p>good</p>\n"}
    give_back(bare, files, "Attempt 1\n", _MOMENT)
    give_back(bare, files | {"summary.txt": b"better\n"}, "Attempt 2\n", _MOMENT)
    git(tmp_path, "init", "--quiet", "clone")
    git(tmp_path / "clone", "fetch", "--quiet", str(bare.path), FEEDBACK)

    told = git(tmp_path / "clone", "log", "--format=%s %an %ct", "FETCH_HEAD").splitlines()
    assert told == [
        "Attempt 2 Grader 1767323045",
        "Attempt 1 Grader 1767323045",
    ]
    assert git(tmp_path / "clone", "show", "FETCH_HEAD:summary.txt") == "better"
    assert git(tmp_path / "clone", "show", "FETCH_HEAD~1:report.html") == "<p>good</p>"


def test_a_lock_that_a_killed_process_has_left_holds_nothing_up(bare: Bare) -> None:
    give_back(bare, {"summary.txt": b"good\n"}, "Attempt 1\n", _MOMENT)
    lock = bare.path / f"{FEEDBACK}.lock"
    lock.touch()

    give_back(bare, {"summary.txt": b"better\n"}, "Attempt 2\n", _MOMENT)

    assert bare.ask("cat-file", "blob", f"{FEEDBACK}:summary.txt") == b"better\n"
    assert not lock.exists()


def test_what_was_given_is_not_given_again(bare: Bare) -> None:
    files = {"summary.txt": b"good\n"}
    give_back(bare, files, "Attempt 1\n", _MOMENT)
    first = tip(bare, FEEDBACK)
    give_back(bare, files, "Attempt 1\n", _MOMENT)

    assert tip(bare, FEEDBACK) == first
    give_back(bare, files, "Attempt 2\n", _MOMENT)
    assert tip(bare, FEEDBACK) != first


def test_no_hook_and_no_setting_of_a_user_takes_part(
    bare: Bare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Mallory")
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "elsewhere"))
    give_back(bare, {"summary.txt": b"good\n"}, "Attempt 1\n", _MOMENT)
    monkeypatch.undo()

    assert git(bare.path, "log", "--format=%an", FEEDBACK) == "Grader"
    assert not (tmp_path / "elsewhere").exists()
    assert os.environ.get("GIT_DIR") is None
