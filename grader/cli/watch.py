"""`check --watch`: tries a file whenever it is saved, by one wall that stays up meanwhile."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Self

import click

from grader.cli.common import bench, never_fail, tell_line, terminal
from grader.errors import GraderError
from grader.grade import Grader
from grader.model import Assignment, Graded, Record, Scorecard, Submission
from grader.report.brief import Brief, flat
from grader.submission.read import read_submission
from grader.wording import language, say

# Milliseconds. A save is a few events at once; what happened unseen is looked for now and then.
_QUIET, _AT_MOST, _UNSEEN, _POLLED = 20, 200, 250, 100
_PATIENCE = 0.5  # seconds that an editor may take between emptying a file and writing it


class Look(Record, frozen=True):
    """A file and its assignment as they are at one moment; two that are equal need one trial."""

    assignment: Assignment
    submission: Submission

    @property
    def mark(self) -> tuple[str, ...]:
        """Return what a result follows from."""
        return self.assignment.digest, self.submission.sha256

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing in the file, as for a moment when some editors save it."""
        return not any(cell.strip() for cell in self.submission.main.cells)


Find = Callable[[], Assignment]
Show = Callable[[Graded, Scorecard | None], Brief]


def watch(file: Path, find: Find, show: Show, before: Scorecard | None) -> None:
    """Try `file` whenever it or what `find` finds changes, until that is interrupted.

    `show` tells a result, and what is better than `before`. What is wrong at the beginning is
    raised; what goes wrong later is told, and may be put right.
    """
    assignment = find()
    if not file.exists():
        read_submission(file, assignment.files)  # raises
    never_fail(sys.stdout)
    folders = (
        file if file.is_dir() else file.absolute().parent,
        Path(assignment.folder),
        Path(assignment.solutions),
    )
    with _Workplace() as place:
        place.grader(assignment)
        watcher = _Watcher(file, find, place, show, before)
        for is_new in chain([True], wakes(tuple(dict.fromkeys(folders)), is_deep=file.is_dir())):
            watcher.wake(is_new=is_new)


def wakes(folders: Sequence[Path], *, is_deep: bool) -> Iterator[bool]:
    """Yield now and then, and as soon as something has happened in `folders`: then True.

    A folder that is removed and made anew is another one to the system, but not to a student.
    """
    while True:
        known = _there(folders)
        is_new = True  # whatever happened before this watch began
        for has_changed in _changes(known, is_deep=is_deep):
            yield is_new or has_changed
            is_new = False
            if _there(folders) != known:
                break
        else:
            yield False


def _changes(folders: Iterable[Path], *, is_deep: bool) -> Iterator[bool]:
    """Yield as `wakes` does, for as long as folders can be watched.

    Where the system has no more watches to give, it is asked for the state of files in their place.
    """
    from watchfiles import watch as changes_in

    for polls in (None, True):
        with suppress(OSError, RuntimeError):
            for changes in changes_in(
                *folders,
                watch_filter=None,  # reading tells what is new; an editor may use any names
                recursive=is_deep,
                step=_QUIET,
                debounce=_AT_MOST,
                rust_timeout=_UNSEEN,
                yield_on_timeout=True,
                force_polling=polls,
                poll_delay_ms=_POLLED,
            ):
                yield bool(changes)
    time.sleep(_UNSEEN / 1000)


def _there(folders: Sequence[Path]) -> dict[Path, tuple[int, int]]:
    """Return which folders there are, each with what the system knows it by."""
    found = {}
    for folder in folders:
        with suppress(OSError):
            status = folder.stat()
            found[folder] = (status.st_dev, status.st_ino)
    return found


class _Workplace:
    """Grades by an assignment as it is now: the wall is put up once, until that changes."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._grader: Grader | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def grader(self, assignment: Assignment) -> Grader:
        """Return what grades by `assignment`."""
        if self._grader is None or self._grader.assignment.digest != assignment.digest:
            self._stack.close()
            self._grader = None
            self._grader = self._stack.enter_context(bench(assignment, None))
        return self._grader


class _Watcher:
    """Looks at a file when it is woken, and tries it where there is something new."""

    def __init__(
        self,
        file: Path,
        find: Find,
        place: _Workplace,
        show: Show,
        before: Scorecard | None,
    ) -> None:
        self._file = file
        self._find = find
        self._place = place
        self._show = show
        self._told: tuple[str, ...] = ()
        self._unsettled_since: float | None = None
        self._before = before

    def wake(self, *, is_new: bool) -> None:
        """Look, where something has happened or a file that was half written may be whole."""
        if not is_new and self._unsettled_since is None:
            return
        seen = self._look()
        mark = (seen.message,) if isinstance(seen, GraderError) else seen.mark
        if mark == self._told:
            self._unsettled_since = None
        elif not self._may_be_half_written(seen):
            self._told = mark
            self._tell(seen)

    def _look(self) -> Look | GraderError:
        try:
            assignment = self._find()
            return Look(assignment, read_submission(self._file, assignment.files))
        except GraderError as error:
            return error

    def _may_be_half_written(self, seen: Look | GraderError) -> bool:
        """Tell whether to wait: what is gone, empty or no notebook may be whole in a moment."""
        if isinstance(seen, Look) and not seen.is_empty:
            self._unsettled_since = None
            return False
        now = time.monotonic()
        if self._unsettled_since is None and self._told:
            self._unsettled_since = now
        since = self._unsettled_since
        if since is not None and now - since < _PATIENCE:
            return True
        self._unsettled_since = None
        return False

    def _tell(self, seen: Look | GraderError) -> None:
        try:
            if isinstance(seen, GraderError):
                raise seen
            self._try(seen)
        except GraderError as error:
            with _fresh_screen():
                tell_line(f"Error: {error.message}", "red")
                tell_line(f"  Next: {error.hint}")
                self._say_how_to_go_on("en")

    def _try(self, seen: Look) -> None:
        if sys.stdout.isatty():  # what is there stays until there is something new to say
            file = flat(self._file.name)
            trying = say("Trying {file} …", file=file)
            code = seen.assignment.reader or seen.assignment.language
            tell_line(language(code).tell(trying), "dim")
        graded = self._place.grader(seen.assignment)(seen.submission)
        with _fresh_screen():
            told = self._show(graded, self._before)
            tell_line(told.score, "bold")  # again: the first line may be off the screen
            self._say_how_to_go_on(graded.language)
        if not graded.extracted.unreadable:  # to mend a slip of the keyboard is no progress
            self._before = graded.scorecard

    def _say_how_to_go_on(self, code: str) -> None:
        now = time.strftime("%H:%M:%S")
        told = say(
            "{time}. Save {file} to try again; Ctrl-C ends.", time=now, file=flat(self._file.name)
        )
        tell_line(language(code).tell(told), "dim")


@contextmanager
def _fresh_screen() -> Iterator[None]:
    """Clear a terminal, to print what is said meanwhile at once; elsewhere end with a line."""
    if not sys.stdout.isatty():
        yield
        click.echo()
        return
    with terminal() as screen:
        screen.clear()
        yield
