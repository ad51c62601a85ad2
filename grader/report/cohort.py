"""The page of a class: everyone in a table. Pure: records in, text out."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from grader.model import Record
from grader.report.templating import page_template


class IndexRow(Record, frozen=True):
    """A student on the page of a class; `points` is None for one who could not be graded.

    `final` is what counts in the end, where that differs.
    """

    student: str
    name: str
    points: float | None
    max_points: float
    remark: str
    link: str | None
    final: float | None = None


def index(title: str, rows: Callable[[], Iterable[IndexRow]]) -> Iterator[str]:
    """Yield the page of a class, part by part: those who could not be graded first.

    `rows` are gone through several times, and never held: a class may be large.
    """
    graded = Counter(_is_graded(row) for row in rows())
    return page_template("class").generate(
        title=title,
        total=graded.total(),
        ungraded=graded[False],
        rows=(row for wanted in (False, True) for row in rows() if _is_graded(row) is wanted),
    )


def _is_graded(row: IndexRow) -> bool:
    return row.points is not None
