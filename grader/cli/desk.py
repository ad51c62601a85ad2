"""Where `ci` puts what it has to say, service by service. Imports late: see main."""

import contextlib
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from grader.errors import GraderError, SubmissionError, UsageError
from grader.exports.services import OF_RECORD, Service, workspace
from grader.files import write_bytes, write_text

if TYPE_CHECKING:
    from grader.exports.remarks import Remark
    from grader.model import Assignment, Graded, Submission

_QUALITY = Path("gl-code-quality-report.json")
_OUTPUTS = (Service.GITHUB, Service.GITEA, Service.FORGEJO)
_ANNOTATED = (Service.GITHUB, Service.CLASSROOM50)
_NOT_THEIRS = "name the assignment with --assignment, a folder that is not the student's"


def demand_named(on: Service, assignment: str | None) -> None:
    """Raise UsageError where a student could choose what the mark of record is made from."""
    if on in OF_RECORD and assignment is None:
        raise UsageError(
            f"on {on.value} what is graded is a student's own, .grader.toml too", _NOT_THEIRS
        )


class Desk:
    """Writes for one service: when there is a result, and when there will be none."""

    def __init__(self, on: Service, checkout: Path, environ: Mapping[str, str]) -> None:
        self._on = on
        self._checkout = checkout
        self._environ = environ
        self._results = checkout / "results" / "results.json"

    @property
    def submitted(self) -> Path:
        """Return the folder that holds what was handed in."""
        return self._checkout / "submission" if self._on is Service.GRADESCOPE else self._checkout

    def demand_apart(self, assignment: "Assignment") -> None:
        """Raise UsageError where an assignment of record is a student's: a slug may be, too."""
        folder = Path(assignment.folder).resolve()
        if self._on in OF_RECORD and folder.is_relative_to(self.submitted.resolve()):
            raise UsageError("the assignment lies in what was handed in", _NOT_THEIRS)

    def __enter__(self) -> Self:
        """Say that nothing is graded yet: that stands, whatever breaks, and if we are killed."""
        if self._on is Service.GRADESCOPE:
            from grader.exports.gradescope import ungraded

            _write(self._results, ungraded())
        if self._on is Service.CLASSROOM50:
            from grader.exports.classroom50 import run_of

            run_of(self._environ)  # if it says too little, that is known before there is a mark
        return self

    def __exit__(
        self,
        _: type[BaseException] | None,
        error: BaseException | None,
        __: TracebackType | None,
    ) -> None:
        """Tell what went wrong where it is looked for; the exit code is another's business."""
        if self._on in _ANNOTATED and isinstance(error, GraderError):
            from grader.exports.github import command
            from grader.exports.inert import one_line

            said = f"{one_line(error.message, 1000)}. Next: {one_line(error.hint, 1000)}"
            _print([command("error", said, title="Not graded")])
        if self._on is Service.GRADESCOPE and isinstance(error, SubmissionError):
            from grader.exports.gradescope import unreadable

            _write(self._results, unreadable(error.message, error.hint))

    def write(self, graded: "Graded", path: Path, junit_: Path, report: Path) -> None:
        """Write the files that all services get, and what this one reads."""
        from grader.exports.canonical import canonical
        from grader.exports.junit import junit
        from grader.exports.remarks import remarks
        from grader.report.html import report as page

        _write(junit_, junit(graded.shown))
        _write(report, page(graded))
        _write(junit_.with_suffix(".json"), canonical(graded.scorecard))
        said = _summary(graded)
        paths = self._paths(graded.submission, path)
        found = remarks(graded, paths)
        self._log(graded, said, found)
        self._files(graded, said, found)

    def _paths(self, submission: "Submission", path: Path) -> dict[str, str]:
        """Return the paths of a submission's files, from the root of the checkout."""
        from grader.submission.read import is_source, plain

        main = path
        if path.is_dir():
            named = sorted(path.rglob(submission.main.name), key=lambda one: len(one.parts))
            taken = (one for one in named if is_source(str(one.relative_to(path))))
            main = next(taken, path / submission.main.name)
        root = Path(workspace(self._environ, self._on) or self._checkout).resolve()
        names = {submission.main.name: main} | {
            one.name: main.parent / one.name for one in submission.helpers
        }
        inside = {name: one.resolve() for name, one in names.items()}
        return {
            name: plain(str(one.relative_to(root) if one.is_relative_to(root) else name))
            for name, one in inside.items()
        }

    def _log(self, graded: "Graded", said: str, found: "tuple[Remark, ...]") -> None:
        """Print the summary, and what stands at lines where a service can show that."""
        from grader.exports.github import annotations, notices, quoted
        from grader.exports.inert import log_lines, token

        if self._on not in _ANNOTATED:
            _print(log_lines(said))
            return
        _print([*quoted(said, token()), *annotations(found)])
        if self._on is Service.GITHUB:
            _print(notices(graded.shown))

    def _files(self, graded: "Graded", said: str, found: "tuple[Remark, ...]") -> None:
        """Write what the service reads from files."""
        if self._on is Service.GITLAB:
            from grader.exports.gitlab import code_quality

            _write(_QUALITY, code_quality(found))
        if self._on in _OUTPUTS:
            from grader.exports.github import outputs, told_of
            from grader.exports.inert import token

            self._append("GITHUB_OUTPUT", outputs(told_of(graded.scorecard), token()))
        if self._on is Service.GITHUB:
            from grader.exports.github import step_summary

            self._append("GITHUB_STEP_SUMMARY", step_summary(graded.shown, found))
        if self._on is Service.CLASSROOM50 and graded.scorecard.is_complete:
            self._classroom(graded, found)
        if self._on is Service.GRADESCOPE:
            from grader.exports.exact import account
            from grader.exports.gradescope import autograded

            counted = account(graded.shown, graded.assignment)
            _write(self._results, autograded(graded.shown, counted, said))

    def _classroom(self, graded: "Graded", found: "tuple[Remark, ...]") -> None:
        """Write the result, and the text of the release: a student's own would be taken for it."""
        from grader.exports.classroom50 import result, run_of
        from grader.exports.exact import account
        from grader.exports.github import step_summary

        counted = account(graded.shown, graded.assignment)
        told = result(counted, run_of(self._environ), datetime.now(UTC))
        _write(Path("release-body.md"), step_summary(graded.shown, found))
        _write(Path("result.json"), told)

    def _append(self, variable: str, text: str) -> None:
        """Append to the file that a variable names, if it names one."""
        name = self._environ.get(variable)
        if not name:
            return
        try:
            with Path(name).open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except OSError as error:
            raise UsageError(
                f"{name} cannot be written: {error.strerror}", f"look where {variable} points"
            ) from error


def _summary(graded: "Graded") -> str:
    """Return what is printed of a graded submission where there is no terminal."""
    from grader.report.brief import brief
    from grader.report.plain import lines
    from grader.report.view import page

    return "".join(f"{line}\n" for line in lines(brief(graded, page(graded))))


def _write(path: Path, content: str | bytes) -> None:
    """Write a file anew: in a student's checkout a link of that name could lead anywhere."""
    with contextlib.suppress(OSError):
        if path.is_symlink():
            path.unlink()
    if isinstance(content, bytes):
        write_bytes(path, content)
    else:
        write_text(path, content)


def _print(lines: Iterable[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
