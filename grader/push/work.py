"""The official grading of what is pushed, one push at a time, whatever ends it on the way.

First the files, then the result in the ledger, then the student's copy: each step is seen to have
been taken, so that whoever goes on takes none of them twice.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from grader.assignment.casebook import drawn_inputs
from grader.batch.kept import About
from grader.batch.ledger import BusyError, Ledger, Result, result_from
from grader.batch.office import examined, file_name, refused, write_paper
from grader.batch.overview import write_class
from grader.batch.parcel import Paper, Work
from grader.batch.terms import terms_of
from grader.errors import GraderError, SubmissionError
from grader.exports.inert import one_line
from grader.exports.marked import number
from grader.grade import Grader
from grader.model import Assignment, Record
from grader.push.crew import is_over, rest
from grader.push.queue import NOT_GIVEN, Held, Job, Pushed, Queue, digest_of, queue_of
from grader.submission.bare import Bare, default_branch, give_back, pushed, set_at, tip
from grader.submission.git import GitError

Tell: TypeAlias = Callable[[str], None]

MOST_TRIES = 5
_SHORT, _LONG = 0.1, 1.0
_BUSY = 0.02
_UNDER_WAY = timedelta(seconds=30)  # what was pushed just now is for its hook to enter
_log = logging.getLogger("grader")


class Desk(Record, frozen=True):
    """What pushes are graded with: `follows` is what results follow from, but the submission.

    `gives`: students get the reports.
    """

    out: Path
    follows: str
    gives: bool


@contextmanager
def held(out: Path) -> Iterator[Ledger]:
    """Hold the ledger of a course, as soon as nobody else does."""
    while True:
        try:
            ledger = Ledger(out)
            break
        except BusyError:
            time.sleep(_BUSY)
    with ledger:
        yield ledger


def open_book(out: Path, about: Assignment, key_id: str, grade_one: Grader) -> None:
    """Note in the ledger what a course is graded on from now on, and by which terms."""
    with held(out) as ledger:
        inputs = drawn_inputs(about, grade_one.cases)
        ledger.describe(About(about.slug, about.folder, key_id, about.reader), inputs)
        ledger.agree(terms_of(about, None))
        write_class(out, ledger)


def catch_up(queue: Queue, branch: str) -> None:
    """Enter what was pushed and never was, since a hook was ended; give what has changed since."""
    now = datetime.now(UTC)
    for path, student in queue.repositories():
        bare = Bare(Path(path))
        try:
            ref = f"refs/heads/{branch or default_branch(bare)}"
            commit, moment = tip(bare, ref), set_at(bare, ref)
        except GraderError as error:
            _log.error("%s cannot be looked at: %s", path, error)
            continue
        is_under_way = moment is not None and now - moment <= _UNDER_WAY
        if commit is not None and not is_under_way:
            queue.enter(Pushed(path, student, ref, commit, (moment or now).isoformat()))
    queue.give_anew()


def work_off(
    desk: Desk, grade_one: Grader, lifeline: int, tell: Tell, *, until_empty: bool
) -> None:
    """Grade what waits until it is over, or until nothing waits that nobody else is at."""
    with queue_of(desk.out) as queue, closing(Held(desk.out)) as mine:
        pause, done = _SHORT, 0
        while not is_over(lifeline):
            job = queue.take(mine)
            if job is not None:
                is_done = _finished(desk, queue, job, grade_one, tell)
                mine.leave(job.id)
                done, pause = done + is_done, _SHORT
                if not is_done:
                    rest(lifeline, _LONG)
                continue
            if done:
                with held(desk.out) as ledger:
                    write_class(desk.out, ledger)
                done = 0
            if until_empty:
                return
            rest(lifeline, pause)
            pause = min(2 * pause, _LONG)


def _finished(desk: Desk, queue: Queue, job: Job, grade_one: Grader, tell: Tell) -> bool:
    """Take a push as far as it goes; tell whether its result is there now."""
    if job.result is None:
        paper, may_change = _graded(queue, job, grade_one)
        if may_change and job.tries + 1 < MOST_TRIES:
            tell(f"{_who(job)}: to be tried again, {_points(paper.result)}")
            return False
        _record(desk, job, paper)
        tell(f"{_who(job)}: {_points(paper.result)}")
    told = queue.result_of(job)
    if told is not None:
        if desk.gives:
            _give(desk.out, job, result_from(told))
        queue.given(job, digest_of(told) if desk.gives else NOT_GIVEN)
    return True


def _graded(queue: Queue, job: Job, grade_one: Grader) -> tuple[Paper, bool]:
    """Grade a push; tell, too, whether another try may give more: by a fault of ours."""
    if job.tries >= MOST_TRIES:  # whoever graded it has ended each time
        return Paper(result=refused(f"the grader was ended {job.tries} times while at it")), False
    queue.tried(job)
    push = job.push
    wanted = grade_one.assignment.files
    try:
        submission = pushed(
            Bare(Path(push.repository)), push.oid, wanted, push.student, push.received_at
        )
    except GraderError as error:
        ours = isinstance(error, GitError) or not isinstance(error, SubmissionError)
        return Paper(result=refused(f"{error.message}; {error.hint}")), ours
    paper = examined(Work(submission, file_name(job.file, push.student)), grade_one)
    return paper, paper.result.points is None


def _record(desk: Desk, job: Job, paper: Paper) -> None:
    with held(desk.out) as ledger:
        write_paper(desk.out, file_name(job.file, job.push.student), paper)
        whose = _Whose(job.push.student, job.number)
        follows = desk.follows if paper.sha256 else ""
        ledger.record(whose, paper.sha256, follows, paper.result, paper.evidence or None)


class _Whose(Record, frozen=True):
    student: str
    number: int


def _give(out: Path, job: Job, result: Result) -> None:
    """Put the report into the student's repository; where that fails, it stays in OUT alone."""
    files = {"summary.txt": _summary(job, result).encode()}
    try:
        if result.report is not None:
            files["report.html"] = (out / result.report).read_bytes()
        moment = datetime.fromisoformat(job.push.received_at)
        give_back(Bare(Path(job.push.repository)), files, _title(job, result) + "\n", moment)
    except (GraderError, OSError) as error:
        _log.error("%s has no feedback in %s: %s", _who(job), job.push.repository, error)


def _summary(job: Job, result: Result) -> str:
    at = datetime.fromisoformat(job.push.received_at)
    lines = [_title(job, result), f"Commit {job.push.oid}, received {at:%Y-%m-%d %H:%M:%S} UTC."]
    if result.points is not None and result.remark:
        lines.append(f"Fix this first: {result.remark}")
    if result.report is not None:
        lines.append("The whole report is in report.html, beside this file.")
    return "\n".join(lines) + "\n"


def _title(job: Job, result: Result) -> str:
    return f"Attempt {job.number}: {_points(result)}"


def _points(result: Result) -> str:
    if result.points is None:
        return f"not graded: {result.remark}"
    most = number(Fraction(result.max_points))
    return f"{number(Fraction(result.points))} of {most} points, as graded"


def _who(job: Job) -> str:
    return f"{one_line(job.push.student, 80)}, attempt {job.number}"
