"""The page of a class: what it did as a whole, then everyone in a table. Pure.

Whatever a student can influence is to be `clean`ed before it comes here.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup

from grader.model import Record
from grader.report.templating import page_template

BINS = 10
# Of the histogram: how wide a bin is, and how tall the largest.
_WIDE, _GAP, _TALL = 40, 3, 100


class Who(Record, frozen=True):
    """A student, with the address of the report relative to the page, if there is one."""

    student: str
    link: str | None = None


class Refused(Record, frozen=True):
    """Why some could not be graded, and who."""

    reason: str
    students: tuple[Who, ...]


class Scores(Record, frozen=True):
    """How many have how many points, in equal bins from 0 to `most`; median and quartiles."""

    bins: tuple[int, ...]
    most: float
    lower: float
    median: float
    upper: float

    @property
    def count(self) -> int:
        """Return how many have points."""
        return sum(self.bins)


class OutputShare(Record, frozen=True):
    """Of how many who were graded, how many got an output: in full, or in a part of its cases."""

    exercise: str
    title: str
    name: str
    got: int
    partly: int
    of: int

    @property
    def percent(self) -> int:
        """Return the share of those who got it in full, never rounded up to all of them."""
        return 100 * self.got // self.of

    @property
    def percent_partly(self) -> int:
        """Return the share of those who got a part of it."""
        return 100 * self.partly // self.of


class MistakeShare(Record, frozen=True):
    """A named mistake: on which outputs it was seen, how often, and by whom it was made.

    `title` is the most frequent of its `wordings`: some tell a number.
    """

    id: str
    title: str
    wordings: int
    outputs: tuple[tuple[str, int], ...]
    students: tuple[Who, ...]


class Agreement(Record, frozen=True):
    """A wrong answer that has no name and that several gave; `told` is what one of them was."""

    output: str
    told: str
    students: tuple[Who, ...]


class Cohort(Record, frozen=True, kw_only=True):
    """What a class did as a whole. All but `attempts` is about the attempts that count.

    `moves`: what counts in the end differs from the points somewhere.
    """

    students: int
    attempts: int
    late: int = 0
    deadline: str | None = None
    refused: tuple[Refused, ...] = ()
    scores: Scores | None = None
    outputs: tuple[OutputShare, ...] = ()
    mistakes: tuple[MistakeShare, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    moves: bool = False

    @property
    def ungraded(self) -> int:
        """Return how many could not be graded."""
        return sum(len(one.students) for one in self.refused)


class IndexRow(Record, frozen=True):
    """An attempt on the page of a class; `points` is None for one that could not be graded.

    `final` is what counts in the end, where that differs. `note` tells attempts of one student
    apart. `missed` and `mistakes` are places in the outputs and mistakes of the `Cohort`.
    """

    student: str
    name: str
    points: float | None
    max_points: float
    remark: str
    link: str | None
    final: float | None = None
    person: str = ""
    note: str = ""
    missed: tuple[int, ...] = ()
    mistakes: tuple[int, ...] = ()


class _Bar(Record, frozen=True):
    """A bin as it is drawn: where, and how many from what to what it stands for."""

    left: int
    top: float
    height: float
    count: int
    least: float
    most: float


def index(title: str, cohort: Cohort, rows: Iterable[IndexRow]) -> Iterator[str]:
    """Yield the page of a class, part by part; `rows` are never held: a class may be large."""
    digest = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
    return page_template("class").generate(
        title=title,
        cohort=cohort,
        rows=rows,
        exercises=_by_exercise(cohort.outputs),
        bars=_bars(cohort.scores) if cohort.scores is not None else (),
        place=lambda points: _place(points, cohort.scores.most if cohort.scores else 0.0),
        address=_address,
        script=Markup(_SCRIPT),  # noqa: S704 - a file of ours
        script_digest=f"sha256-{digest}",
    )


def _address(link: str) -> str:
    """Return a link as it stands in an attribute: of a file below the page, whatever it says."""
    return quote(link.lstrip("/"), errors="replace")


def _by_exercise(
    outputs: Iterable[OutputShare],
) -> list[tuple[str, list[tuple[int, OutputShare]]]]:
    """Return outputs with their places, below the titles of their exercises."""
    found: dict[str, list[tuple[int, OutputShare]]] = {}
    for at, one in enumerate(outputs):
        found.setdefault(one.exercise, []).append((at, one))
    return [(group[0][1].title, group) for group in found.values()]


def _bars(scores: Scores) -> tuple[_Bar, ...]:
    tallest = max(scores.bins) or 1
    return tuple(
        _Bar(
            left=at * _WIDE + _GAP,
            top=_TALL - _TALL * count / tallest,
            height=_TALL * count / tallest,
            count=count,
            least=at * scores.most / BINS,
            most=(at + 1) * scores.most / BINS,
        )
        for at, count in enumerate(scores.bins)
    )


def _place(points: float, most: float) -> float:
    """Return where points stand on the axis of the histogram."""
    return BINS * _WIDE * points / most if most else 0.0


_SCRIPT = (Path(__file__).resolve().parent / "templates" / "class.js").read_text(encoding="utf-8")
