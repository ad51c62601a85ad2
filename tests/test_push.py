"""A git server with real git: what a pusher is told, what is graded, and what others can see."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest

from grader.batch.ledger import Line, read_ledger
from grader.batch.tables import opened
from grader.model import Record
from grader.push.asking import SOCKET, TOO_SLOW, TooSlow, asked, limited, place_of
from grader.push.feedback import listening
from grader.push.hook import Update, graded, other_words, safe_lines, updates
from grader.push.queue import Held, Pushed, Queue, make_queue, queue_of
from grader.push.work import catch_up
from grader.submission.bare import FEEDBACK
from tests.conftest import BACKPROP, ROOT, RunCli
from tests.test_git import _IDENTITY, commit, git, write

MISTAKES = ROOT / "solutions" / "backprop" / "mistakes"
RIGHT = (ROOT / "solutions" / "backprop" / "layers.py").read_bytes()
WRONG = (MISTAKES / "leaky.py").read_bytes()
_STUDENTS = (
    "anna",
    "ben",
    "carl",
    "dora",
    "emil",
    "fay",
    "gus",
    "hal",
    "ida",
    "joanna",
    "kim",
    "lee",
)
_SECONDS = 300  # no test waits that long
_ZERO = "0" * 40


class Course(Record, frozen=True):
    """A server's folder, and how to get at it."""

    folder: Path
    environment: dict[str, str]

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def bare(self, student: str) -> Path:
        return self.folder / f"{student}.git"

    def clone(self, student: str) -> Path:
        path = self.folder / "clones" / student
        path.parent.mkdir(exist_ok=True)
        git(path.parent, "clone", "--quiet", self.bare(student).as_uri(), str(path))
        git(path, "checkout", "--quiet", "-B", "main")
        return path

    def push(self, clone: Path, *arguments: str, check: bool = True) -> str:
        """Push, and return what the pusher reads on the terminal."""
        done = subprocess.run(
            ["git", "push", *(arguments or ("origin", "main"))],
            cwd=clone,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
        assert (done.returncode == 0) is check, done.stderr
        return done.stderr

    def hand_in(self, clone: Path, source: bytes) -> str:
        write(clone / "layers.py", source)
        commit(clone)
        return self.push(clone)

    def lines(self, student: str) -> list[Line]:
        return [line for line in read_ledger(self.out) if line.student == student]


def remote(told: str) -> list[str]:
    """Return what the server said."""
    found = re.findall(r"^remote: ?(.*)$", told, re.MULTILINE)
    return [line.rstrip() for line in found]


def given(clone: Path) -> list[str]:
    """Return the titles of what a student was given, the first one first."""
    git(clone, "fetch", "--quiet", "origin", FEEDBACK)
    return git(clone, "log", "--reverse", "--format=%s", "FETCH_HEAD").splitlines()


def set_up(
    folder: Path, students: tuple[str, ...], run_cli: RunCli, environment: dict[str, str]
) -> Course:
    for student in students:
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", f"{student}.git")
    plain = {name: value for name, value in environment.items() if not name.startswith("GIT_")}
    course = Course(folder, plain | _IDENTITY)
    bares = [course.bare(student) for student in students]
    done = run_cli("hook", "install", *bares, "-o", course.out, "-a", BACKPROP, seconds=_SECONDS)
    assert done.returncode == 0, done.stderr
    assert f"{len(students)} of {len(students)} repositories are ready" in done.stdout
    return course


@pytest.fixture(scope="module")
def course(
    tmp_path_factory: pytest.TempPathFactory, run_cli: RunCli, cli_environment: dict[str, str]
) -> Course:
    """Return a course whose students are used by one test each; nothing of it is graded yet."""
    return set_up(tmp_path_factory.mktemp("server"), _STUDENTS, run_cli, cli_environment)


@pytest.fixture
def own(tmp_path: Path, run_cli: RunCli, cli_environment: dict[str, str]) -> Callable[..., Course]:
    """Set up a course for one test."""
    return lambda *students: set_up(tmp_path, students, run_cli, cli_environment)


@contextmanager
def working(course: Course, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a worker with all its processes in a group of their own."""
    started = subprocess.Popen(
        [sys.executable, "-m", "grader", "worker", str(course.out), *options],
        env=course.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield started
    finally:
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()
        if started.stdout is not None:
            started.stdout.close()


def work_off(course: Course, run_cli: RunCli, *options: str) -> str:
    done = run_cli("worker", course.out, "--once", *options, seconds=_SECONDS)
    assert done.returncode in (0, 4), done.stderr
    return done.stdout


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


# --- what a pusher is told ------------------------------------------------------------------------


def test_a_wrong_then_a_right_file(course: Course, run_cli: RunCli) -> None:
    clone = course.clone("anna")
    wrong, right = course.hand_in(clone, WRONG), course.hand_in(clone, RIGHT)

    assert "as attempt 1 of anna." in remote(wrong)[0]
    assert "6.417 of 10 points on the public cases" in remote(wrong)
    assert any(line.startswith("Fix this first: Activation_ReLU.dinputs") for line in remote(wrong))
    assert "as attempt 2 of anna." in remote(right)[0]
    assert "10 of 10 points on the public cases" in remote(right)
    assert not any("Fix this first" in line for line in remote(right))
    assert remote(right)[-1].strip().startswith(f"git fetch origin {FEEDBACK}")

    work_off(course, run_cli)

    assert [line.points for line in course.lines("anna")][1] == 10
    assert given(clone) == [
        "Attempt 1: 6.7214 of 10 points, as graded",
        "Attempt 2: 10 of 10 points, as graded",
    ]
    told = git(clone, "show", "FETCH_HEAD~1:summary.txt")
    assert git(clone, "rev-parse", "main~1") in told
    assert "Fix this first: Activation_ReLU.dinputs" in told
    kept = next(line.result.report for line in course.lines("anna") if line.result)
    assert kept is not None
    page = git(clone, "show", "FETCH_HEAD~1:report.html")
    assert page == (course.out / kept).read_text(encoding="utf-8").strip()


def test_links_submodules_and_attributes(course: Course, run_cli: RunCli) -> None:
    linked, other, hidden = course.clone("ben"), course.clone("carl"), course.clone("dora")
    (linked / "layers.py").symlink_to("/etc/passwd")
    commit(linked)
    inner = other / "layers.py"
    inner.mkdir()
    git(inner, "init", "--quiet")
    write(inner / "layers.py", RIGHT)
    commit(inner)
    commit(other)
    write(hidden / ".gitattributes", b"*.py export-ignore filter=evil text eol=crlf\n")

    assert "This cannot be graded: layers.py is a link, not a file." in course.push(linked)
    assert "layers.py is another repository, not a file." in course.push(other)
    assert "10 of 10 points on the public cases" in course.hand_in(hidden, RIGHT)

    work_off(course, run_cli)
    assert [line.points for line in course.lines("dora")] == [10]
    for student, clone in (("ben", linked), ("carl", other)):
        (line,) = course.lines(student)
        assert line.points is None
        assert line.result is not None
        assert "not a file" in line.result.remark
        assert "not a file" in given(clone)[0]


def test_a_blob_of_50_mb_is_not_taken(course: Course) -> None:
    clone = course.clone("emil")
    write(clone / "layers.py", RIGHT)
    write(clone / "data.bin", bytes(50 << 20))
    commit(clone)
    told = course.push(clone, check=False)

    assert "Not taken: data.bin has 50 MB, more than 20." in remote(told)
    assert "pre-receive hook declined" in told
    assert git(course.bare("emil"), "for-each-ref") == ""
    assert course.lines("emil") == []

    git(clone, "rm", "--quiet", "--cached", "data.bin")
    git(clone, "commit", "--quiet", "--amend", "--no-edit")
    assert "as attempt 1 of emil." in course.push(clone)


def test_force_pushes_deletions_tags_and_other_branches(course: Course) -> None:
    clone = course.clone("fay")
    course.hand_in(clone, WRONG)
    git(clone, "checkout", "--quiet", "-b", "idea")
    write(clone / "layers.py", RIGHT)
    commit(clone)
    other = course.push(clone, "origin", "idea")
    assert remote(other) == [
        "Not graded: idea. What counts is the branch main.",
        "To hand in what you have checked out: git push origin HEAD:main",
    ]

    git(clone, "checkout", "--quiet", "main")
    git(clone, "commit", "--quiet", "--amend", "--allow-empty", "--message", "rewritten")
    git(clone, "tag", "v1")
    forced = course.push(
        clone, "--force", "origin", "main", "v1", "main:more", "main:most", "main:x"
    )
    assert "as attempt 2 of fay." in remote(forced)[0]
    assert sum(line.startswith("Not graded: ") for line in remote(forced)) == 4
    assert "Not graded: 1 more." in remote(forced)

    git(course.bare("fay"), "symbolic-ref", "HEAD", "refs/heads/main")
    git(course.bare("fay"), "config", "receive.denyDeleteCurrent", "ignore")
    deleted = course.push(clone, "origin", ":main")
    assert remote(deleted) == ["main was deleted. What was handed in before stays handed in."]
    assert "remote" not in course.push(clone, "origin", "v1").lower()
    assert len(course.lines("fay")) == 2


def test_nobody_pushes_to_where_the_grader_answers(course: Course) -> None:
    clone = course.clone("gus")
    write(clone / "layers.py", RIGHT)
    commit(clone)
    told = course.push(clone, "origin", f"main:{FEEDBACK}", "main", check=False)

    assert f"Not taken: {FEEDBACK} is where the grader answers." in remote(told)
    assert git(course.bare("gus"), "for-each-ref") == ""


def test_names_do_nothing_on_a_terminal(course: Course) -> None:
    clone = course.clone("hal")
    write(clone / "a\x1b[31m\x07\u202eb.py", b"x = 1\n")
    write(clone / "c\x1b]0;title\x07.py", b"x = 1\n")
    commit(clone)
    name = "x\u202e" + "y" * 150
    git(clone, "branch", name)
    told = course.push(clone, "origin", "main", name)

    said = "\n".join(remote(told))
    assert "several files that could be meant" in said
    assert r"a\u001b[31m\u0007\u202eb.py" in said
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", said)
    assert max(map(len, remote(told))) < 350


def test_what_a_pusher_sets_does_nothing_to_the_hooks(course: Course, tmp_path: Path) -> None:
    """Over ssh, a server may take over variables; here all of the pusher's are the hooks' own."""
    evil, clone = tmp_path / "evil", course.clone("ida")
    trace = tmp_path / "was-here"
    bad = f"open({str(trace)!r}, 'w')\n".encode()
    for name in ("sitecustomize.py", "usercustomize.py", "grader/__init__.py", "click.py"):
        write(evil / name, bad)
    write(clone / "sitecustomize.py", bad)
    write(clone / "numpy.py", bad)
    write(clone / "hooks" / "post-receive", f"#!/bin/sh\ntouch {trace}\n".encode())
    loud = course.environment | {
        "PYTHONPATH": str(evil),
        "PYTHONHOME": str(evil),
        "PYTHONSTARTUP": str(evil / "click.py"),
        "GRADER_HOME": str(tmp_path / "elsewhere"),
        "GRADER_ASSIGNMENTS": str(evil),
    }
    told = Course(course.folder, loud).hand_in(clone, RIGHT)

    assert "10 of 10 points on the public cases" in told
    assert not trace.exists()
    assert not (tmp_path / "elsewhere").exists()


# --- the official grading -------------------------------------------------------------------------


def test_ten_pushes_at_once_and_workers_that_are_killed(
    own: Callable[..., Course], run_cli: RunCli
) -> None:
    students = tuple(f"s{number}" for number in range(10))
    course = own(*students)
    clones = {student: course.clone(student) for student in students}
    works = [RIGHT, WRONG, (MISTAKES / "mask-only.py").read_bytes()]

    def both(student: str) -> list[str]:
        source = works[int(student[1:]) % 3]
        return [course.hand_in(clones[student], source + b"# %d\n" % n) for n in range(2)]

    with ThreadPoolExecutor(10) as all_at_once:
        told = list(all_at_once.map(both, students))
    for student, (first, second) in zip(students, told, strict=True):
        assert f"as attempt 1 of {student}." in first
        assert f"as attempt 2 of {student}." in second
    assert len(read_ledger(course.out)) == 20

    done = 0
    for enough in (1, 4, 9):
        with working(course) as worker:
            wait_for(partial(_has_graded, course, enough))
            os.killpg(worker.pid, signal.SIGKILL)
        done = _graded(course)
    with working(course, "--once", "-j", "1") as one, working(course, "--once", "-j", "1") as two:
        said = one.communicate()[0] + two.communicate()[0]
    assert "waiting" in said

    found = read_ledger(course.out)
    assert len(found) == 20
    assert all(line.points is not None for line in found)
    assert {line.points for line in found if line.student in {"s0", "s3", "s6", "s9"}} == {10}
    assert {line.student for line in found if line.points != 10} == {
        "s1",
        "s2",
        "s4",
        "s5",
        "s7",
        "s8",
    }
    graded_now = re.findall(r"^(s\d), attempt (\d):", said, re.MULTILINE)
    assert len(graded_now) == len(set(graded_now)) == 20 - done
    assert len(list((course.out / "reports").iterdir())) == 20
    for student, clone in clones.items():
        first, second = given(clone)
        assert first.startswith("Attempt 1: ")
        assert second.startswith("Attempt 2: ")
        points = [line.points for line in course.lines(student)]
        assert points[0] == points[1]
    assert work_off(course, run_cli).startswith("20 attempts, 0 of them not graded in full, 0 wait")


def _graded(course: Course) -> int:
    return sum(line.result is not None for line in read_ledger(course.out))


def _has_graded(course: Course, enough: int) -> bool:
    return _graded(course) >= enough


def test_one_student_cannot_read_what_another_has(course: Course, run_cli: RunCli) -> None:
    jo, kim = course.clone("joanna"), course.clone("kim")
    course.hand_in(jo, WRONG)
    course.hand_in(kim, RIGHT)
    work_off(course, run_cli)

    assert given(jo) == ["Attempt 1: 6.7214 of 10 points, as graded"]
    assert given(kim) == ["Attempt 1: 10 of 10 points, as graded"]
    everything = subprocess.run(
        ["git", "cat-file", "--batch-all-objects", "--batch"],
        cwd=course.bare("kim"), capture_output=True, check=True,
    ).stdout  # fmt: skip
    assert b"kim" in everything or b"layers.py" in everything
    assert b"6.7214" not in everything
    assert re.search(rb"\bjoanna\b", everything) is None
    assert stat.S_IMODE(course.out.stat().st_mode) == 0o700
    for path in (course.bare("joanna") / "grader.json", course.out / "ledger.sqlite"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for name in ("pre-receive", "post-receive"):
        assert stat.S_IMODE((course.bare("joanna") / "hooks" / name).stat().st_mode) == 0o700


def test_a_push_that_no_hook_entered_is_found(course: Course, run_cli: RunCli) -> None:
    """As when the machine ends between a push and its hook."""
    clone, bare = course.clone("lee"), course.bare("lee")
    hook = bare / "hooks" / "post-receive"
    hook.rename(bare / "aside")
    assert "remote" not in course.hand_in(clone, RIGHT)
    (bare / "aside").rename(hook)
    work_off(course, run_cli)
    assert course.lines("lee") == []  # its hook may be about to enter it

    then = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    os.utime(bare / "refs" / "heads" / "main", times=(then.timestamp(),) * 2)
    work_off(course, run_cli)
    work_off(course, run_cli)

    (line,) = course.lines("lee")
    assert line.points == 10
    assert line.received_at == then.isoformat()


def test_what_no_hook_entered_is_found_after_branches_were_packed(tmp_path: Path) -> None:
    """As `git gc` does it, by night or after a push."""
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "anna.git")
    bare = tmp_path / "anna.git"
    git(tmp_path, "clone", "--quiet", str(bare), "anna")
    write(tmp_path / "anna" / "layers.py", RIGHT)
    commit(tmp_path / "anna")
    git(tmp_path / "anna", "push", "--quiet", "origin", "HEAD:main")
    git(bare, "pack-refs", "--all")
    os.utime(bare / "packed-refs", times=(1_000_000_000,) * 2)
    make_queue(tmp_path / "out")

    with queue_of(tmp_path / "out") as queue:
        queue.belongs(str(bare), "anna")
        catch_up(queue, "")
        catch_up(queue, "")
        found = [job.push.received_at for job in queue.waiting()]

    assert found == ["2001-09-09T01:46:40+00:00"]


def test_where_the_grader_is_gone_a_push_is_taken_all_the_same(
    own: Callable[..., Course], run_cli: RunCli
) -> None:
    course = own("anna")
    clone = course.clone("anna")
    course.out.rename(course.folder / "moved")
    told = course.hand_in(clone, RIGHT)
    (course.folder / "moved").rename(course.out)

    assert remote(told) == [
        "The grader broke off. Your push has arrived; please tell who runs this course."
    ]
    os.utime(course.bare("anna") / "refs" / "heads" / "main", times=(0, time.time() - 100))
    work_off(course, run_cli)
    assert [line.points for line in course.lines("anna")] == [10]


def test_a_worker_answers_hooks_as_they_would_themselves(own: Callable[..., Course]) -> None:
    course = own("anna")
    clone = course.clone("anna")
    cold = course.hand_in(clone, WRONG)
    with working(course, "-j", "1") as worker:
        wait_for((course.out / SOCKET).exists)
        warm = course.hand_in(clone, WRONG + b"\n")
        push = Pushed(
            repository=str(course.bare("anna")), student="anna", ref="refs/heads/main",
            oid=git(clone, "rev-parse", "main"), received_at=datetime.now(UTC).isoformat(),
        )  # fmt: skip
        told = asked(course.out, push, _SECONDS)
        assert stat.S_IMODE((course.out / SOCKET).stat().st_mode) == 0o600
        wait_for(lambda: _graded(course) == 2)
        os.kill(worker.pid, signal.SIGTERM)
        assert "what waits is graded by the next one" in worker.communicate(timeout=_SECONDS)[0]
        assert worker.returncode == 0

    assert told is not None
    assert told == remote(warm)[1 : len(told) + 1]
    assert remote(warm)[2:] == remote(cold)[2:]
    assert not (course.out / SOCKET).exists()
    assert asked(course.out, push, 1) is None


def test_who_hands_in_what_never_ends_holds_up_nobody(own: Callable[..., Course]) -> None:
    course = own("anna", "ben")
    anna, ben = course.clone("anna"), course.clone("ben")
    endless = re.sub(rb"(def backward.*\n)", rb"\1        while True: pass\n", RIGHT)
    with working(course, "-j", "1"):
        wait_for((course.out / SOCKET).exists)
        slow, quick = course.hand_in(anna, endless), course.hand_in(ben, RIGHT)

    told = remote(slow)  # by how fast the machine is
    assert TOO_SLOW in told or any("timed out" in line for line in told)
    assert "10 of 10 points on the public cases" in remote(quick)


def test_no_worker_is_left_behind_by_one_that_is_killed(own: Callable[..., Course]) -> None:
    course = own("anna")
    with working(course, "-j", "2") as worker:
        wait_for((course.out / SOCKET).exists)
        wait_for(lambda: len(_children(worker.pid)) == 4)
        children = _children(worker.pid)
        os.kill(worker.pid, signal.SIGKILL)

        wait_for(lambda: not any(_runs(child) for child in children))


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _runs(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_deadlines_count_from_what_the_server_s_clock_says(
    tmp_path: Path, run_cli: RunCli, cli_environment: dict[str, str]
) -> None:
    for name in ("assignments", "solutions"):
        shutil.copytree(ROOT / name / "mse", tmp_path / name / "mse")
    manifest = tmp_path / "assignments" / "mse" / "assignment.toml"
    text = manifest.read_text(encoding="utf-8")
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "anna.git")
    put = ("hook", "install", tmp_path / "anna.git", "-o", tmp_path / "out", "-a", manifest.parent)
    manifest.write_text(text + '\n[policy]\ndeadline = "2020-01-31"\n', encoding="utf-8")
    refused = run_cli(*put, seconds=_SECONDS)
    assert (refused.returncode, "+01:00" in refused.stderr) == (2, True)
    policy = (
        '\n[policy]\ndeadline = "2020-01-31T12:00+00:00"\nlate_penalty = "1/2"\nlate_most = 3\n'
    )
    manifest.write_text(text + policy, encoding="utf-8")
    assert run_cli(*put, seconds=_SECONDS).returncode == 0

    course = Course(tmp_path, cli_environment | _IDENTITY)
    clone = course.clone("anna")
    write(clone / "mse.py", (ROOT / "solutions" / "mse" / "mse.py").read_bytes())
    git(clone, "add", ".")
    early = {
        "GIT_COMMITTER_DATE": "2020-01-01T00:00:00Z",
        "GIT_AUTHOR_DATE": "2020-01-01T00:00:00Z",
    }
    subprocess.run(
        ["git", "commit", "--quiet", "--message", "in time, says its author"],
        cwd=clone, env=course.environment | early, check=True,
    )  # fmt: skip
    told = course.push(clone)
    work_off(course, run_cli)
    sheet = tmp_path / "marks.csv"
    assert run_cli("export", "csv", course.out, "--to", sheet).returncode == 0

    assert "This is late: the deadline was 2020-01-31 12:00 UTC." in remote(told)
    (line,) = course.lines("anna")
    assert line.points is not None
    assert line.points > 0
    row = dict(zip(*(one.split(",") for one in sheet.read_text().splitlines()), strict=True))
    assert (row["late"], row["final"]) == ("yes", "0")


def test_after_a_change_of_its_result_a_student_is_given_the_new_one(
    own: Callable[..., Course], run_cli: RunCli
) -> None:
    course = own("anna")
    clone = course.clone("anna")
    course.hand_in(clone, RIGHT)
    work_off(course, run_cli)
    with closing(sqlite3.connect(course.out / "ledger.sqlite")) as database, database:
        (told,) = database.execute("SELECT result FROM attempts").fetchone()
        changed = json.loads(told) | {"points": "9"}
        database.execute("UPDATE attempts SET result = ?", (json.dumps(changed),))
    work_off(course, run_cli)
    work_off(course, run_cli)

    assert given(clone) == [
        "Attempt 1: 10 of 10 points, as graded",
        "Attempt 1: 9 of 10 points, as graded",
    ]


def test_what_ended_its_grader_too_often_is_listed_and_can_be_tried_again(
    own: Callable[..., Course], run_cli: RunCli
) -> None:
    course = own("anna")
    clone = course.clone("anna")
    course.hand_in(clone, RIGHT)
    with closing(sqlite3.connect(course.out / "ledger.sqlite")) as database, database:
        database.execute("UPDATE pushes SET tries = 5")
    listed = run_cli("worker", course.out, "--once", seconds=_SECONDS)
    assert (listed.returncode, "ended 5 times" in listed.stderr) == (4, True)

    assert "1 are tried again" in work_off(course, run_cli, "--try-again")
    assert [line.points for line in course.lines("anna")] == [10]
    assert len(given(clone)) == 2


def test_reports_can_stay_with_the_instructor(own: Callable[..., Course], run_cli: RunCli) -> None:
    course = own("anna")
    again = run_cli(
        "hook", "install", course.bare("anna"), "-o", course.out, "-a", BACKPROP,
        "--no-feedback", "--branch", "week1", seconds=_SECONDS,
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    clone = course.clone("anna")
    write(clone / "layers.py", RIGHT)
    commit(clone)
    told = course.push(clone, "origin", "main:week1")
    work_off(course, run_cli)

    assert remote(told)[-1] == "The official grading follows."
    assert [line.points for line in course.lines("anna")] == [10]
    assert FEEDBACK not in git(course.bare("anna"), "for-each-ref")


# --- installing -----------------------------------------------------------------------------------


def test_a_hook_that_is_there_is_left_and_said(own: Callable[..., Course], run_cli: RunCli) -> None:
    course = own("anna")
    put = ("hook", "install", course.bare("anna"), "-o", course.out, "-a", BACKPROP)
    hook = course.bare("anna") / "hooks" / "post-receive"
    ours = hook.resolve()
    hook.unlink()
    hook.write_text("#!/bin/sh\necho mine\n")
    refused = run_cli(*put, seconds=_SECONDS)

    assert refused.returncode == 2
    assert "was there before and is left as it is" in refused.stderr
    assert str(ours) in refused.stderr
    assert hook.read_text() == "#!/bin/sh\necho mine\n"

    hook.write_text(f"#!/bin/sh\necho mine\n{ours}\n")
    hook.chmod(0o755)
    assert run_cli(*put, seconds=_SECONDS).returncode == 0
    told = remote(course.hand_in(course.clone("anna"), RIGHT))
    assert told[0] == "mine"
    assert "as attempt 1 of anna." in told[1]


def test_a_hook_that_leads_nowhere_is_left_and_said(
    own: Callable[..., Course], run_cli: RunCli
) -> None:
    course = own("anna")
    hook = course.bare("anna") / "hooks" / "pre-receive"
    hook.unlink()
    hook.symlink_to("/nowhere/at/all")
    done = run_cli(
        "hook", "install", course.bare("anna"), "-o", course.out, "-a", BACKPROP, seconds=_SECONDS
    )

    assert done.returncode == 2
    assert "was there before and is left as it is" in done.stderr
    assert hook.is_symlink()


def test_what_cannot_have_hooks_is_said_and_the_others_get_them(
    own: Callable[..., Course], run_cli: RunCli
) -> None:
    course = own("anna")
    (course.folder / "empty").mkdir()
    more = course.folder / "more"
    more.mkdir()
    git(more, "init", "--quiet", "--bare", "anna.git")
    git(more, "init", "--quiet", "--bare", "ben.git")
    done = run_cli(
        "hook", "install", course.folder / "empty", more / "anna.git", more / "ben.git",
        "-o", course.out, "-a", BACKPROP, seconds=_SECONDS,
    )  # fmt: skip

    assert done.returncode == 2
    assert "1 of 3 repositories are ready." in done.stdout
    assert "is no git repository" in done.stderr
    assert "anna has a repository already" in done.stderr
    assert (more / "ben.git" / "grader.json").exists()


def test_a_worker_needs_a_course(run_cli: RunCli, tmp_path: Path) -> None:
    done = run_cli("worker", tmp_path)

    assert done.returncode == 2
    assert "grader hook install" in done.stderr


# --- in parts -------------------------------------------------------------------------------------


def test_what_git_tells_a_hook_is_taken_apart() -> None:
    told = f"{_ZERO} {'1' * 40} refs/heads/main\n{'1' * 40} {_ZERO} refs/heads/x\xff\n"
    first, second = updates(told.encode("latin-1"))

    assert (first.ref, first.deletes, second.deletes) == ("refs/heads/main", False, True)
    assert graded([second, first], "main") == first
    assert graded([second], "x\udcff") is None
    assert updates(b"") == ()


def test_a_deletion_and_a_push_of_others_are_told_apart() -> None:
    gone = Update("1" * 40, _ZERO, "refs/heads/main")
    tag = Update(_ZERO, "1" * 40, "refs/tags/v1")

    assert list(other_words([gone], "main")) == [
        "main was deleted. What was handed in before stays handed in."
    ]
    assert list(other_words([tag], "main")) == [
        "Not graded: tags/v1. What counts is the branch main."
    ]
    assert list(other_words([], "main")) == []


def test_lines_are_cut_and_clean() -> None:
    assert safe_lines(["a\nb\x1b[2J", "\tc"]) == ["a", r"b\u001b[2J", " c"]
    assert max(map(len, safe_lines(["x" * 5000]))) < 320
    assert len(safe_lines(["x"] * 5000)) == 61


def test_a_push_is_entered_once_and_taken_by_one(tmp_path: Path) -> None:
    out = tmp_path / "out"
    make_queue(out)
    one = Pushed("/r/anna.git", "anna", "refs/heads/main", "1" * 40, "2026-01-02T03:04:05+00:00")
    two = msgspec.structs.replace(one, oid="2" * 40)
    with queue_of(out) as queue, closing(Held(out)) as mine:
        assert [queue.enter(push) for push in (one, one, two, two, one)] == [1, 1, 2, 2, 3]
        ben = msgspec.structs.replace(one, repository="/r/ben.git", student="ben")
        assert queue.enter(ben) == 1
        assert [(job.push.student, job.number) for job in queue.waiting()] == [
            ("anna", 1), ("anna", 2), ("anna", 3), ("ben", 1),
        ]  # fmt: skip
        taken = queue.take(mine)
        assert taken is not None
        assert (taken.push, taken.number, taken.tries) == (one, 1, 0)

        # Another process: not what is held, and nothing of anna's before that is done.
        assert _takes(out) == "ben 1"
        queue.given(taken, "done")
        mine.leave(taken.id)
        assert _takes(out) == "anna 2"


def test_to_take_a_push_costs_the_same_however_many_wait(tmp_path: Path) -> None:
    steps: list[None] = []

    def count() -> int:
        steps.append(None)
        return 0

    def push(number: int) -> Pushed:
        received = "2026-01-02T03:04:05+00:00"
        return Pushed(f"/r/{number}.git", f"s{number}", "refs/heads/main", "1" * 40, received)

    make_queue(tmp_path)
    with closing(opened(tmp_path / "ledger.sqlite")) as database, closing(Held(tmp_path)) as mine:
        queue = Queue(database)
        for number in range(500):
            queue.enter(push(number))
        database.set_progress_handler(count, 10)
        assert queue.take(mine) is not None

    assert len(steps) < 50


_TAKER = """
import sys
from pathlib import Path
from grader.push.queue import Held, queue_of
out = Path(sys.argv[1])
with queue_of(out) as queue:
    job = queue.take(Held(out))
    print(job.push.student, job.number)
"""


def _takes(out: Path) -> str:
    """Return what another process would take."""
    command = [sys.executable, "-c", _TAKER, str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.strip()


def test_one_worker_at_a_time_answers_hooks_however_busy_it_is(tmp_path: Path) -> None:
    with listening(tmp_path) as first, ExitStack() as asking, place_of(tmp_path) as place:
        assert first is not None
        with suppress(BlockingIOError):
            while True:  # until no more can wait
                one = asking.enter_context(socket.socket(socket.AF_UNIX))
                one.settimeout(0)
                one.connect(place)
        with limited(5), listening(tmp_path) as second:
            assert second is None
        assert (tmp_path / SOCKET).exists()
    assert not (tmp_path / SOCKET).exists()

    (tmp_path / SOCKET).touch()  # of a worker that was killed
    with listening(tmp_path) as third:
        assert third is not None


def test_what_takes_too_long_is_broken_off() -> None:
    with pytest.raises(TooSlow), limited(0.05):
        time.sleep(_SECONDS)
    with limited(0.05):
        pass
    time.sleep(0.1)
