"""A class as a CSV of git repositories: what came before the deadline, fetched and never run."""

import base64
import csv
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from grader.batch.repositories import is_list, repositories
from grader.batch.roster import Attempt, Roster, mark_late
from grader.errors import SubmissionError, UsageError
from grader.submission.git import Bounds, fetch_revision
from grader.submission.read import MAX_NOTEBOOK
from tests.conftest import BACKPROP, ROOT, RunCli
from tests.test_git import _IDENTITY, git, write

_WANTED = ("layers.py",)
_DEADLINE = "2026-01-31T23:59+01:00"
RIGHT = ROOT / "solutions" / "backprop" / "layers.py"


def made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "config", "uploadpack.allowFilter", "true")
    return folder


def commit(repository: Path, when: str, *, author: str | None = None) -> str:
    """Commit all that is there, at a time; return the commit."""
    dates = {"GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": author or when}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    git(repository, "add", "--all", "--force", ".")
    command = ["git", "commit", "--quiet", "--allow-empty", "--message", "work"]
    subprocess.run(command, cwd=repository, env=kept | _IDENTITY | dates, check=True)
    return git(repository, "rev-parse", "HEAD")


def listed(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    titles = list(dict.fromkeys(title for row in rows for title in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, titles)
        writer.writeheader()
        writer.writerows(rows)
    return path


def told(path: Path, deadline: str | None = None) -> Roster:
    with repositories(path, deadline, lambda found, _: iter(found)) as roster:
        return roster


def one(beside: Path, deadline: str | None = None, **row: str) -> tuple[Attempt, bytes]:
    """Return the attempt of a list with one row, marked late if it is, and its source."""
    file = listed(beside / "repos.csv", [{"student": "anna"} | row])
    with repositories(file, deadline, lambda found, _: iter(found)) as roster:
        (attempt,) = mark_late(roster.attempts, deadline) if deadline else roster.attempts
        cells = () if attempt.refused else attempt.read(_WANTED).main.cells
        return attempt, b"".join(cells)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with commits the day before the deadline, and the day after."""
    folder = made(tmp_path / "work" / "anna")
    write(folder / "layers.py", b"first\n")
    commit(folder, "2026-01-29T12:00:00+01:00")
    write(folder / "layers.py", b"in time\n")
    commit(folder, "2026-01-30T12:00:00+01:00")
    write(folder / "layers.py", b"late\n")
    commit(folder, "2026-02-01T12:00:00+01:00")
    return folder


# --- which commit ---------------------------------------------------------------------------------


def test_without_a_deadline_the_latest_is_taken(repository: Path, tmp_path: Path) -> None:
    attempt, source = one(tmp_path, repository=str(repository))

    assert source == b"late\n"
    assert attempt.ids["commit"] == git(repository, "rev-parse", "HEAD")
    assert attempt.received_at == "2026-02-01T12:00:00+01:00"


def test_the_last_commit_until_the_deadline_is_taken(repository: Path, tmp_path: Path) -> None:
    attempt, source = one(tmp_path, _DEADLINE, repository=str(repository))

    assert (source, attempt.late) == (b"in time\n", False)
    assert attempt.ids["commit"] == git(repository, "rev-parse", "HEAD~1")


def test_where_all_came_later_the_latest_is_taken_and_is_late(
    repository: Path, tmp_path: Path
) -> None:
    attempt, source = one(tmp_path, "2026-01-01T00:00+01:00", repository=str(repository))

    assert (source, attempt.late) == (b"late\n", True)


@pytest.mark.parametrize(
    ("deadline", "source"),
    [
        ("2026-01-30T12:00:00+01:00", b"in time\n"),
        ("2026-01-30T11:59:59+01:00", b"first\n"),
        ("2026-01-30T11:00:00Z", b"in time\n"),
        ("2026-01-30T12:00:00+02:00", b"first\n"),
    ],
)
def test_a_deadline_is_exact_in_any_zone(
    repository: Path, tmp_path: Path, deadline: str, source: bytes
) -> None:
    attempt, found = one(tmp_path, deadline, repository=str(repository))

    assert (found, attempt.late) == (source, False)


def test_the_committers_time_counts_not_the_authors(tmp_path: Path) -> None:
    folder = made(tmp_path / "anna")
    write(folder / "layers.py", b"x = 1\n")
    commit(folder, "2026-02-02T12:00:00+00:00", author="2026-01-01T12:00:00+00:00")

    assert one(tmp_path, _DEADLINE, repository="anna")[0].late


def test_what_was_merged_later_is_not_of_the_branch_before(
    repository: Path, tmp_path: Path
) -> None:
    git(repository, "checkout", "--quiet", "-b", "side", "HEAD~1")
    write(repository / "layers.py", b"of another branch\n")
    commit(repository, "2026-01-31T12:00:00+01:00")
    git(repository, "checkout", "--quiet", "main")
    git(repository, *_AS_ANNA, "merge", "--quiet", "--strategy=ours", "--message", "merge", "side")

    assert one(tmp_path, _DEADLINE, repository=str(repository))[1] == b"in time\n"


_AS_ANNA = ("-c", "user.name=Anna", "-c", "user.email=anna@example.org")


@pytest.mark.parametrize("column", ["branch", "ref"])
def test_a_branch_or_a_tag_is_taken(repository: Path, tmp_path: Path, column: str) -> None:
    git(repository, "branch", "hand-in", "HEAD~1")
    git(repository, *_AS_ANNA, "tag", "--annotate", "--message", "it", "v1", "HEAD~2")

    assert one(tmp_path, repository=str(repository), **{column: "hand-in"})[1] == b"in time\n"
    assert one(tmp_path, repository=str(repository), **{column: "v1"})[1] == b"first\n"


@pytest.mark.parametrize("deadline", ["2026-01-31T23:59", "2026-01-31"])
def test_a_deadline_needs_an_offset(repository: Path, tmp_path: Path, deadline: str) -> None:
    with pytest.raises(UsageError, match="the deadline has none"):
        one(tmp_path, deadline, repository=str(repository))


def test_a_commit_of_a_strange_time_is_told(repository: Path, tmp_path: Path) -> None:
    head = git(repository, "cat-file", "commit", "HEAD")
    forged = head.replace("1769943600 +0100", "99999999999999999999 +0100") + "\n"
    command = ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"]
    oid = subprocess.run(
        command, cwd=repository, input=forged, capture_output=True, text=True, check=True
    ).stdout.strip()
    git(repository, "update-ref", "refs/heads/main", oid)

    assert one(tmp_path, repository=str(repository))[0].refused


# --- what is read ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["week1", "/week1/", "./week1", "week1/layers.py"])
def test_a_folder_or_file_of_a_repository_is_read(tmp_path: Path, path: str) -> None:
    folder = made(tmp_path / "anna")
    write(folder / "layers.py", b"at the top\n")
    write(folder / "week1" / "layers.py", b"week 1\n")
    write(folder / "week10" / "layers.py", b"week 10\n")
    commit(folder, _DEADLINE)

    assert one(tmp_path, repository="anna", path=path)[1] == b"week 1\n"


@pytest.mark.parametrize("path", ["nothing", "../anna", ":(glob)*", "week*"])
def test_a_path_that_is_not_there_is_told(tmp_path: Path, path: str) -> None:
    folder = made(tmp_path / "anna")
    write(folder / "week1" / "layers.py")
    commit(folder, _DEADLINE)

    assert one(tmp_path, repository="anna", path=path)[0].refused


def test_a_link_is_not_followed_and_a_large_file_not_fetched(tmp_path: Path) -> None:
    folder = made(tmp_path / "anna")
    write(folder / "layers.py")
    write(folder / "data.npy", bytes(MAX_NOTEBOOK + 2))
    (folder / "helper.py").symlink_to("/etc/passwd")
    commit(folder, _DEADLINE)

    with repositories(
        listed(tmp_path / "a.csv", [{"student": "anna", "repository": "anna"}]),
        None,
        lambda found, _: iter(found),
    ) as roster:
        assert roster.attempts[0].read(_WANTED).helpers == ()


def test_an_earlier_commit_is_had_where_large_files_are_left_out(tmp_path: Path) -> None:
    folder = made(tmp_path / "anna")
    write(folder / "layers.py", b"in time\n")
    write(folder / "data.npy", bytes(MAX_NOTEBOOK + 2))
    commit(folder, "2026-01-30T12:00:00+01:00")
    write(folder / "layers.py", b"late\n")
    commit(folder, "2026-02-01T12:00:00+01:00")

    assert one(tmp_path, _DEADLINE, repository="anna")[1] == b"in time\n"


@pytest.mark.parametrize("deadline", ["1969-07-20T20:17Z", "0001-01-02T00:00Z"])
def test_a_deadline_may_be_long_ago(repository: Path, tmp_path: Path, deadline: str) -> None:
    assert one(tmp_path, deadline, repository=str(repository))[0].late


def test_a_source_that_is_too_large_is_told(tmp_path: Path) -> None:
    folder = made(tmp_path / "anna")
    write(folder / "layers.ipynb", bytes(MAX_NOTEBOOK + 2))
    commit(folder, _DEADLINE)

    assert "too large" in (one(tmp_path, repository="anna")[0].refused or "")


def test_nothing_that_a_repository_sets_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = tmp_path / "ran"
    home = tmp_path / "home"
    hooks = home / "hooks"
    for hook in ("post-checkout", "reference-transaction", "post-merge", "pre-auto-gc"):
        write(hooks / hook, f"#!/bin/sh\ntouch {ran}\n".encode()).chmod(0o755)
    write(
        home / ".gitconfig",
        "[safe]\n\tbareRepository = explicit\n"
        f'[core]\n\thooksPath = {hooks}\n[filter "lfs"]\n\tsmudge = touch {ran}\n'
        f"\trequired = true\n[init]\n\ttemplateDir = {hooks}\n".encode(),
    )
    folder = made(tmp_path / "anna")
    write(folder / ".gitattributes", b"*.py filter=lfs\n")
    write(folder / ".gitmodules", b'[submodule "sub"]\n\tpath = sub\n\turl = ../other\n')
    write(folder / "layers.py", b"version https://git-lfs.github.com/spec/v1\n")
    oid = commit(folder, _DEADLINE)
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{oid},sub")
    git(folder, *_AS_ANNA, "commit", "--quiet", "--message", "a submodule")
    monkeypatch.setenv("HOME", str(home))

    assert one(tmp_path, repository="anna")[1] == b"version https://git-lfs.github.com/spec/v1\n"
    assert not ran.exists()


# --- what cannot be had stops nothing -------------------------------------------------------------

_REFUSED = {
    "ext::sh -c touch% /tmp/grader-ran": "names a helper of git",
    "fd::7": "names a helper of git",
    "--upload-pack=touch /tmp/grader-ran": "is no repository",
    "-oProxyCommand=touch": "is no repository",
    "http://127.0.0.1:1/a": "are not fetched by http",
    "git://127.0.0.1/a": "are not fetched by git",
    "ftp://127.0.0.1/a": "are not fetched by ftp",
    "HTTPS://127.0.0.1:1/a": "are not fetched by HTTPS",
    "https://127.0.0.1:1/a": "git says",
    "ssh://-oProxyCommand=touch/a": "git says",
    "-host:path": "is no repository",
    "file:///nothing/at/all": "git says",
    "nothing at all": "git says",
    "": "no repository is named",
    "a\nb": "is no repository",
}


@pytest.mark.parametrize("address", _REFUSED)
def test_an_address_that_is_none_is_refused(repository: Path, tmp_path: Path, address: str) -> None:
    rows = [
        {"student": "zoe", "repository": address},
        {"student": "anna", "repository": str(repository)},
    ]
    roster = told(listed(tmp_path / "repos.csv", rows))

    assert [attempt.refused is None for attempt in roster.attempts] == [True, False]
    assert _REFUSED[address] in (roster.attempts[1].refused or "")
    assert not Path("/tmp/grader-ran").exists()


@pytest.mark.parametrize("ref", ["nothing", "-x", "+main", "a:refs/heads/b", "a b", "^main", "*"])
def test_a_ref_that_is_none_is_refused(repository: Path, tmp_path: Path, ref: str) -> None:
    assert one(tmp_path, repository=str(repository), branch=ref)[0].refused


def test_an_empty_repository_is_refused(tmp_path: Path) -> None:
    made(tmp_path / "empty")
    bare = made(tmp_path / "no-source")
    commit(bare, _DEADLINE)

    assert "git says" in (one(tmp_path, repository="empty")[0].refused or "")
    assert "no .py" in (one(tmp_path, repository="no-source")[0].refused or "")


def test_a_repository_that_is_too_large_is_refused(tmp_path: Path) -> None:
    folder = made(tmp_path / "anna")
    write(folder / "layers.py", os.urandom(900_000))
    commit(folder, _DEADLINE)

    with pytest.raises(SubmissionError, match="larger than"):
        fetch_revision(str(folder), bounds=Bounds(size=500_000))


@pytest.fixture
def silent() -> Iterator[int]:
    """Listen on a port, and never say anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_server_that_says_nothing_is_given_up(silent: int) -> None:
    with pytest.raises(SubmissionError, match=r"not fetched within 0\.3 seconds"):
        fetch_revision(f"https://127.0.0.1:{silent}/a.git", bounds=Bounds(seconds=0.3))


def test_fetching_can_be_stopped(silent: int) -> None:
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(SubmissionError, match="was stopped"):
        fetch_revision(f"https://127.0.0.1:{silent}/a.git", stopped=stopped)


def test_who_is_interrupted_waits_for_no_server(
    cli_environment: dict[str, str], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"https://127.0.0.1:{server.getsockname()[1]}/a.git"
        file = listed(tmp_path / "repos.csv", [{"student": "anna", "repository": url}] * 20)
        command = [sys.executable, "-m", "grader", "batch", "-a", str(BACKPROP), str(file)]
        with subprocess.Popen(
            [*command, "--dry-run"], env=cli_environment, stderr=subprocess.PIPE
        ) as started:
            connection, _ = server.accept()
            with connection:
                started.send_signal(signal.SIGINT)
                _, told = started.communicate(timeout=30)

    assert started.returncode == 130, told
    assert b"Traceback" not in told


# --- a server of git, over https ------------------------------------------------------------------


class _Backend(BaseHTTPRequestHandler):
    """Runs `git http-backend`; what is below /private asks for a password."""

    root: Path

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers["Content-Length"])))

    def _serve(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        token = base64.b64encode(b"anna:token").decode()
        if path.startswith("/private") and self.headers["Authorization"] != f"Basic {token}":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="grader"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        told = {
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "PATH_INFO": path.removeprefix("/private"),
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "CONTENT_LENGTH": str(len(body)),
        }
        answer = subprocess.run(
            ["git", "http-backend"],
            env=os.environ | told,
            input=body,
            capture_output=True,
            check=True,
        ).stdout
        head, _, content = answer.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve the repositories below tmp_path/work over https; yield the address."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl, for the server's certificate")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", key, "-out", certificate,
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    write(tmp_path / "home" / ".gitconfig", f"[http]\n\tsslCAInfo = {certificate}\n".encode())
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    handler = type("Handler", (_Backend,), {"root": tmp_path / "work"})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        http.socket = context.wrap_socket(http.socket, server_side=True)
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        try:
            yield f"https://127.0.0.1:{http.server_port}"
        finally:
            http.shutdown()
            thread.join()


def test_a_class_is_fetched_over_https(repository: Path, server: str, tmp_path: Path) -> None:
    rows = [
        {"student": f"s{at:02}", "repository": f"{server}/{name}/.git"}
        for at, name in enumerate([repository.name] * 11 + ["nobody"])
    ]
    file = listed(tmp_path / "repos.csv", rows)
    with repositories(file, _DEADLINE, lambda found, _: iter(found)) as roster:
        *good, bad = roster.attempts
        sources = {attempt.read(_WANTED).main.cells for attempt in good}

    assert sources == {(b"in time\n",)}
    assert "not found" in (bad.refused or "")


def test_a_password_is_not_asked_for_and_a_token_not_told(
    repository: Path, server: str, tmp_path: Path
) -> None:
    url = f"{server}/private/{repository.name}/.git"
    asked, _ = one(tmp_path, repository=url)
    wrong, _ = one(tmp_path, repository=url.replace("://", "://anna:secret@"))
    right, source = one(tmp_path, repository=url.replace("://", "://anna:token@"))

    assert "terminal prompts disabled" in (asked.refused or "")
    assert wrong.refused
    assert "secret" not in str(wrong)
    assert source == b"late\n"
    assert "token" not in str(right)


# --- the list -------------------------------------------------------------------------------------


def test_further_columns_are_ids_and_a_name_is_shown(repository: Path, tmp_path: Path) -> None:
    attempt, _ = one(tmp_path, repository=str(repository), name="Ana Muñoz", canvas_user="11")

    assert (attempt.student, attempt.name) == ("anna", "Ana Muñoz")
    assert attempt.ids["canvas_user"] == "11"


def test_a_list_of_a_spreadsheet_is_read(repository: Path, tmp_path: Path) -> None:
    text = f'\ufeffStudent;Repository;note\r\nanna;{repository};"a\r\nb"\r\n;;\r\n;x;\r\n'
    roster = told(write(tmp_path / "repos.csv", text.encode()))

    assert [attempt.ids["note"] for attempt in roster.attempts] == ["a\nb"]
    assert roster.not_understood == ("row 4 of repos.csv: no student is named",)


def test_a_student_with_two_repositories_has_two_attempts(repository: Path, tmp_path: Path) -> None:
    rows = [{"student": "anna", "repository": str(repository)}] * 2

    assert [a.number for a in told(listed(tmp_path / "r.csv", rows)).attempts] == [1, 2]


@pytest.mark.parametrize(
    "data", [b"", b"name,url\na,b\n", b"student,repository\n", b"\xff\xfe", b'student,"rep\n']
)
def test_what_is_no_list_is_the_callers_error(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UsageError):
        told(write(tmp_path / "repos.csv", data))


def test_a_list_is_told_by_its_name(tmp_path: Path) -> None:
    file = write(tmp_path / "repos.CSV")

    assert is_list(file, None)
    assert is_list(tmp_path, "git")
    assert not is_list(file, "folder")
    assert not is_list(tmp_path, None)


def test_what_was_fetched_is_gone_afterwards(repository: Path, tmp_path: Path) -> None:
    rows = [{"student": "anna", "repository": str(repository)}]
    with repositories(listed(tmp_path / "r.csv", rows), None, lambda found, _: iter(found)) as got:
        path = Path(got.attempts[0].path)
        assert path.is_dir()
    assert not path.exists()


# --- by the command line --------------------------------------------------------------------------


def test_a_dry_run_tells_commits_and_grades_nothing(
    repository: Path, run_cli: RunCli, tmp_path: Path
) -> None:
    rows = [
        {"student": "anna", "repository": "work/anna"},
        {"student": "zoe", "repository": "work/zoe"},
    ]
    file = listed(tmp_path / "repos.csv", rows)
    done = run_cli("batch", "-a", BACKPROP, file, "--dry-run", "--deadline", "2026-01-01Z")

    assert done.returncode == 2
    done = run_cli("batch", "-a", BACKPROP, file, "--dry-run", "--deadline", "2026-01-01T00:00Z")

    assert done.returncode == 0, done.stderr
    head = git(repository, "rev-parse", "HEAD")
    assert f"anna  anna: anna at {head[:12]}, late" in done.stdout
    assert "zoe  zoe: git says" in done.stdout
    assert "2 students, 2 attempts, laid out as git." in done.stdout


def test_repositories_are_graded(run_cli: RunCli, tmp_path: Path) -> None:
    folder = made(tmp_path / "anna")
    write(folder / "layers.py", RIGHT.read_bytes())
    commit(folder, _DEADLINE)
    rows = [{"student": "anna", "repository": "anna"}, {"student": "zoe", "repository": "zoe"}]
    file = listed(tmp_path / "repos.csv", rows)

    done = run_cli("batch", "-a", BACKPROP, file, "-o", tmp_path / "out", "--deadline", _DEADLINE)

    assert done.returncode == 4, done.stderr
    assert "zoe: git says" in done.stderr
    with (tmp_path / "out" / "grades.csv").open(encoding="utf-8", newline="") as table:
        assert [row["backprop"] for row in csv.DictReader(table)] == ["10", ""]
