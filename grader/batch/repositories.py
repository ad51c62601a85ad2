"""A class as a list of git repositories: a CSV with a row per student, fetched at once.

A commit's time is what its author's machine claimed. It serves to take what came before a deadline;
that nobody cheated, only the server that was pushed to can tell.
"""

import csv
import io
import re
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from grader.batch.roster import Attempt, Roster, time_limit, write_below
from grader.errors import SubmissionError, UsageError
from grader.model import Record
from grader.submission.git import fetch_revision, without_secret
from grader.submission.read import plain

GIT = "git"
_AT_ONCE = 8
_LOOK_SECONDS = 0.2
_OWN = {"student", "repository", "branch", "ref", "name", "path"}

# Passes results on as they come, of which there are so many, and may tell of it.
Follow: TypeAlias = Callable[[Iterable[Attempt], int], Iterator[Attempt]]


class Row(Record, frozen=True):
    """A student and a repository; `number` counts the rows of one student."""

    student: str
    name: str
    repository: str
    ref: str
    path: str
    ids: dict[str, str]
    number: int


def is_list(path: Path, layout: str | None) -> bool:
    """Tell a list of repositories: by the layout that was asked for, else by its name."""
    return layout == GIT or (layout is None and path.suffix.lower() == ".csv" and path.is_file())


@contextmanager
def repositories(path: Path, deadline: str | None, follow: Follow) -> Iterator[Roster]:
    """Yield who handed in what, by a CSV; what was fetched is gone afterwards.

    Of each repository that is the last commit until the deadline, else the latest. One that cannot
    be fetched is an attempt that says why. Raises UsageError where the CSV is none.
    """
    rows, strange = read_list(path)
    if not rows:
        raise UsageError(f"{path} lists no student", "write a row for each below its first line")
    limit = time_limit(deadline) if deadline else None
    if limit is not None and limit.tzinfo is None:
        raise UsageError(
            "commits have times with an offset, the deadline has none",
            f"give it, as {limit.isoformat(timespec='minutes')}+01:00",
        )
    with tempfile.TemporaryDirectory(prefix="grader-") as folder:
        found = tuple(follow(_fetched(rows, limit, Path(folder)), len(rows)))
        attempts = tuple(sorted(found, key=lambda one: (one.student, one.number)))
        yield Roster(layout=GIT, attempts=attempts, not_understood=strange)


def read_list(path: Path) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """Return the rows of a CSV, and what of it cannot be understood."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        first = text.partition("\n")[0]
        delimiter = ";" if first.count(";") > first.count(",") else ","
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"{path} is no CSV that can be read: {error}", "save it as CSV in UTF-8"
        ) from error
    header = [cell.strip() for cell in lines[0]] if lines else []
    titles = [title.lower() if title.lower() in _OWN else title for title in header]
    if not {"student", "repository"} <= set(titles):
        raise UsageError(
            f"{path} has no columns `student` and `repository`", "name them in its first line"
        )
    cells = [
        dict(zip(titles, map(str.strip, line), strict=False)) if any(line) else {}
        for line in lines[1:]
    ]
    return _rows(cells, path.parent), tuple(
        f"row {number} of {path.name}: no student is named"
        for number, row in enumerate(cells, 2)
        if row and not row.get("student")
    )


def _rows(cells: Iterable[dict[str, str]], beside: Path) -> tuple[Row, ...]:
    seen: Counter[str] = Counter()
    rows = []
    for row in cells:
        student = plain(row.get("student", ""))
        if student:
            seen[student] += 1
            rows.append(_row(row, student, seen[student], beside))
    return tuple(rows)


def _row(row: dict[str, str], student: str, number: int, beside: Path) -> Row:
    return Row(
        student=student,
        name=plain(row.get("name") or student),
        repository=_placed(row.get("repository", ""), beside),
        ref=row.get("branch") or row.get("ref") or "",
        path=row.get("path", ""),
        ids={title: value for title, value in row.items() if title and title not in _OWN},
        number=number,
    )


def _placed(repository: str, beside: Path) -> str:
    """Return a repository; one on this machine as seen from the list."""
    is_here = repository and ":" not in repository and not repository.startswith("-")
    return str(beside / repository) if is_here else repository


def _fetched(rows: Iterable[Row], limit: datetime | None, folder: Path) -> Iterator[Attempt]:
    """Yield an attempt for each row, in their order; a few are fetched at a time."""
    stopped = threading.Event()

    def fetch(at: int, row: Row) -> Attempt:
        return _attempt(row, limit, folder / f"{at:06}", stopped)

    with ThreadPoolExecutor(_AT_ONCE) as team:
        try:
            for fetched in [team.submit(fetch, *one) for one in enumerate(rows)]:
                # Never for long: of a Ctrl-C that comes just before it waits, Python knows only
                # when it wakes.
                while not wait((fetched,), _LOOK_SECONDS).done:
                    pass
                yield fetched.result()
        finally:  # who was interrupted waits for nothing
            stopped.set()
            team.shutdown(cancel_futures=True)


def _attempt(row: Row, limit: datetime | None, folder: Path, stopped: threading.Event) -> Attempt:
    known = {"repository": without_secret(row.repository)} | row.ids
    path, received, refused = "", None, None
    try:
        found = fetch_revision(
            row.repository, ref=row.ref, path=row.path, before=limit, stopped=stopped
        )
        known["commit"], received = found.commit, found.time.isoformat()
        path = str(_written(found.files, folder / _folder_name(row)))
    except SubmissionError as error:
        refused = error.message
    return Attempt(
        student=row.student,
        name=row.name,
        ids=known,
        number=row.number,
        late=False,
        received_at=received,
        path=path,
        refused=refused,
    )


def _written(files: dict[str, bytes], folder: Path) -> Path:
    if not files:
        raise SubmissionError("there is no .py or .ipynb file in it", "hand in a Python file")
    for name, data in files.items():
        write_below(folder, name, data)
    return folder


def _folder_name(row: Row) -> str:
    """Return what a submission is called: as its repository, in plain letters."""
    last = PurePosixPath(row.repository.rstrip("/").replace(":", "/")).name.removesuffix(".git")
    return re.sub(r"[^\w.-]", "_", last)[:60].lstrip(".") or "_"
