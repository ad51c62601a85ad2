"""A submission from a git tree: blobs of a revision, whatever the checkout looks like."""

import contextlib
import os
import subprocess
from pathlib import Path

import pytest

from grader.errors import GraderError, SubmissionError, UsageError
from grader.model import Submission
from grader.submission.git import read_revision
from grader.submission.read import MAX_FILES, MAX_PYTHON, read_submission

_WANTED = ("layers.py",)
_IDENTITY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Anna",
    "GIT_AUTHOR_EMAIL": "anna@example.org",
    "GIT_COMMITTER_NAME": "Anna",
    "GIT_COMMITTER_EMAIL": "anna@example.org",
}


def git(repository: Path, *arguments: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | _IDENTITY
    command = ["git", *arguments]
    done = subprocess.run(
        command, cwd=repository, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def write(path: Path, data: bytes = b"x = 1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def commit(repository: Path) -> str:
    """Commit all that is there; return the commit."""
    git(repository, "add", "--all", "--force", ".")
    git(repository, "commit", "--quiet", "--allow-empty", "--message", "work")
    return git(repository, "rev-parse", "HEAD")


def read(path: Path, revision: str = "HEAD") -> Submission:
    return read_revision(path, revision, _WANTED)


def refusal(path: Path, revision: str = "HEAD") -> str:
    with pytest.raises(SubmissionError) as caught:
        read(path, revision)
    return caught.value.message


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "anna"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    return folder


# --- what is read ---------------------------------------------------------------------------------


def test_the_blob_of_a_revision_is_read_not_the_working_tree(repository: Path) -> None:
    write(repository / "layers.py", b"committed\n")
    commit(repository)
    write(repository / "layers.py", b"changed since\n")

    assert read(repository).main.cells == (b"committed\n",)


def test_an_earlier_revision_is_read(repository: Path) -> None:
    write(repository / "layers.py", b"first\n")
    first = commit(repository)
    write(repository / "layers.py", b"second\n")
    commit(repository)

    assert read(repository, first).main.cells == (b"first\n",)
    assert read(repository, "HEAD~1").main.cells == (b"first\n",)


def test_a_tag_and_a_branch_are_revisions(repository: Path) -> None:
    write(repository / "layers.py")
    commit(repository)
    git(repository, "tag", "--annotate", "--message", "hand in", "handed-in")

    assert read(repository, "handed-in").sha256 == read(repository, "main").sha256


def test_a_file_that_was_deleted_since_is_read(repository: Path) -> None:
    file = write(repository / "layers.py")
    commit(repository)
    file.unlink()

    assert read(repository).main.name == "layers.py"


def test_what_is_not_committed_is_not_read(repository: Path) -> None:
    write(repository / "layers.py")
    commit(repository)
    write(repository / "helper.py")

    assert read(repository).helpers == ()


def test_a_checkout_and_its_revision_are_the_same_submission(repository: Path) -> None:
    write(repository / "layers.py")
    write(repository / "tools" / "more.py")
    commit(repository)

    assert read(repository) == read_submission(repository, _WANTED)


def test_line_endings_are_those_of_the_blob(repository: Path) -> None:
    write(repository / ".gitattributes", b"*.py text eol=crlf\n")
    write(repository / "layers.py", b"x = 1\n")
    commit(repository)

    assert read(repository).main.cells == (b"x = 1\n",)


def test_of_a_folder_in_a_repository_its_files_are_read(repository: Path) -> None:
    write(repository / "week1" / "layers.py", b"one\n")
    write(repository / "week2" / "layers.py", b"two\n")
    commit(repository)

    assert read(repository / "week2").main.cells == (b"two\n",)


def test_of_a_file_that_file_is_read(repository: Path) -> None:
    write(repository / "layers.py", b"this\n")
    write(repository / "other.py", b"that\n")
    commit(repository)
    made = read(repository / "layers.py")

    assert (made.main.cells, made.helpers, made.student) == ((b"this\n",), (), "layers")


def test_a_file_that_the_revision_has_not_is_not_found_elsewhere(repository: Path) -> None:
    write(repository / "old" / "layers.py", b"last year's\n")
    commit(repository)
    write(repository / "layers.py", b"not committed\n")

    with pytest.raises(GraderError):
        read(repository / "layers.py")


def test_a_student_is_named_after_the_folder(repository: Path) -> None:
    write(repository / "layers.py")
    commit(repository)

    assert read(repository).student == "anna"
    assert read_revision(repository, "HEAD", _WANTED, "Anna A.").student == "Anna A."


# --- what a student may have set ------------------------------------------------------------------


def test_export_ignore_hides_nothing(repository: Path) -> None:
    write(repository / ".gitattributes", b"*.py export-ignore\n")
    write(repository / "layers.py")
    commit(repository)

    assert read(repository).main.name == "layers.py"


def test_export_subst_changes_nothing(repository: Path) -> None:
    write(repository / ".gitattributes", b"*.py export-subst\n")
    write(repository / "layers.py", b"# $Format:%H$\n")
    commit(repository)

    assert read(repository).main.cells == (b"# $Format:%H$\n",)


def test_filters_and_text_conversions_do_not_run(repository: Path, tmp_path: Path) -> None:
    write(repository / "layers.py")
    commit(repository)
    write(repository / ".gitattributes", b"*.py filter=evil diff=evil\n")
    commit(repository)
    for setting in ("filter.evil.smudge", "diff.evil.textconv", "core.fsmonitor", "core.pager"):
        git(repository, "config", setting, f"touch {tmp_path / 'ran'}; cat")

    assert read(repository).main.cells == (b"x = 1\n",)
    assert not (tmp_path / "ran").exists()


def without_its_blob(repository: Path) -> None:
    """Commit a file and lose its content, as a partial clone has not fetched it yet."""
    write(repository / "layers.py")
    commit(repository)
    oid = git(repository, "rev-parse", "HEAD:layers.py")
    (repository / ".git" / "objects" / oid[:2] / oid[2:]).unlink()


def test_a_blob_that_is_not_there_is_told(repository: Path) -> None:
    without_its_blob(repository)

    with pytest.raises(GraderError):
        read(repository)


def test_a_blob_that_is_not_there_is_not_fetched(repository: Path, tmp_path: Path) -> None:
    without_its_blob(repository)
    git(repository, "config", "core.repositoryFormatVersion", "1")
    git(repository, "config", "extensions.partialClone", "origin")
    git(repository, "config", "remote.origin.url", str(repository))
    git(repository, "config", "remote.origin.uploadPack", f"touch {tmp_path / 'ran'}; false")

    with contextlib.suppress(GraderError, ValueError):
        read(repository)
    assert not (tmp_path / "ran").exists()


def test_a_link_is_not_read(repository: Path) -> None:
    write(repository / "own.py")
    (repository / "layers.py").symlink_to("/etc/passwd")
    commit(repository)

    assert read(repository).main.name == "own.py"


def test_a_submodule_is_not_entered(repository: Path, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    git(inner, "init", "--quiet")
    write(inner / "more.py")
    oid = commit(inner)
    write(repository / "layers.py")
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{oid},sub.py")
    git(repository, "add", "layers.py")
    git(repository, "commit", "--quiet", "--message", "work")

    assert read(repository).helpers == ()


def test_an_executable_file_is_read(repository: Path) -> None:
    write(repository / "layers.py").chmod(0o755)
    commit(repository)

    assert read(repository).main.name == "layers.py"


@pytest.mark.parametrize(
    "name", ["a b.py", "tab\there.py", "new\nline.py", "é.py", '"quoted".py', "-n.py"]
)
def test_any_file_name_is_read(repository: Path, name: str) -> None:
    write(repository / "layers.py")
    write(repository / name, b"helper\n")
    commit(repository)

    assert [(one.name, one.cells) for one in read(repository).helpers] == [(name, (b"helper\n",))]


def test_a_file_name_of_other_bytes_does_no_harm(repository: Path) -> None:
    write(repository / "layers.py")
    with open(os.fsencode(repository) + b"/caf\xe9.py", "wb") as file:  # noqa: PTH123 - bytes
        file.write(b"x = 1\n")
    commit(repository)

    assert read(repository).main.name == "layers.py"


def test_hidden_files_are_not_looked_at(repository: Path) -> None:
    write(repository / "layers.py")
    write(repository / ".github" / "hook.py")
    write(repository / "__pycache__" / "layers.py")
    commit(repository)

    assert read(repository).helpers == ()


# --- caps -----------------------------------------------------------------------------------------


def test_a_large_blob_is_refused(repository: Path) -> None:
    write(repository / "layers.py", bytes(MAX_PYTHON + 1))
    commit(repository)

    assert "layers.py is larger" in refusal(repository)


def test_a_large_file_that_is_no_source_is_no_harm(repository: Path) -> None:
    write(repository / "layers.py")
    write(repository / "data.npy", bytes(MAX_PYTHON + 1))
    commit(repository)

    assert read(repository).main.name == "layers.py"


def test_too_many_files_are_refused(repository: Path) -> None:
    for number in range(MAX_FILES + 1):
        write(repository / f"{number}.py")
    commit(repository)

    assert "too many" in refusal(repository)


def test_as_many_files_as_the_cap_are_read(repository: Path) -> None:
    write(repository / "layers.py")
    for number in range(MAX_FILES - 1):
        write(repository / f"{number}.py")
    commit(repository)

    assert len(read(repository).helpers) == MAX_FILES - 1


def test_a_tree_without_a_source_is_refused(repository: Path) -> None:
    write(repository / "README.md")
    commit(repository)

    assert "holds no .py or .ipynb" in refusal(repository)


# --- where git itself says no ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "revision", ["nothing", "", "HEAD:layers.py", "--all", "-h", "HEAD^5", "a b"]
)
def test_what_is_no_commit_is_the_callers_error(repository: Path, revision: str) -> None:
    write(repository / "layers.py")
    commit(repository)

    with pytest.raises(UsageError, match="git says"):
        read(repository, revision)


def test_a_repository_without_a_commit_is_told(repository: Path) -> None:
    with pytest.raises(UsageError):
        read(repository)


def test_a_folder_that_is_no_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a git repository"):
        read(tmp_path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(GraderError):
        read(tmp_path / "nothing" / "at all")


@pytest.mark.parametrize("variable", ["GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY"])
def test_the_callers_git_variables_are_ignored(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    write(repository / "layers.py", b"right\n")
    commit(repository)
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    write(other / "layers.py", b"other\n")
    commit(other)
    monkeypatch.setenv(variable, str(other / ".git"))

    assert read(repository).main.cells == (b"right\n",)
